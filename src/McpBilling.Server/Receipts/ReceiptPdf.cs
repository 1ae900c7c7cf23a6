using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using McpBilling.Money;
using PdfSharp;
using PdfSharp.Drawing;
using PdfSharp.Pdf;

namespace McpBilling.Server.Receipts;

/// <summary>
/// Draws a receipt as PDF, on A4. The only place of PDFsharp, which is loaded with the first receipt that somebody asks for. The same receipt gives the same
/// bytes: its date is the receipt's own, and what the library makes up by chance is made of the receipt's id.
/// </summary>
internal static partial class ReceiptPdf
{
    private const double Margin = 56, LabelWidth = 130, Gap = 16, Small = 9, Usual = 10.5, Large = 22, LineHeight = 1.45;

    public static byte[] Write(ReceiptDocument receipt)
    {
        ReceiptFonts.Install();
        using var document = new PdfDocument();
        document.Info.Title = $"{receipt.Title} {receipt.Id}";
        document.Info.Author = receipt.Seller ?? "";
        document.Info.CreationDate = document.Info.ModificationDate = receipt.PaidAt.ToDateTimeOffset().UtcDateTime;
        document.Language = receipt.Language;
        document.ViewerPreferences.DisplayDocTitle = true;
        string id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(receipt.Id)));
        document.Internals.FirstDocumentID = document.Internals.SecondDocumentID = id[..16];
        using (var sheet = new Sheet(document))
        {
            Draw(receipt, sheet);
        }
        using var bytes = new MemoryStream();
        document.Save(bytes, closeStream: false);
        return Settled(bytes.ToArray(), id);
    }

    private static void Draw(ReceiptDocument receipt, Sheet sheet)
    {
        if (receipt.Notice is { } notice)
        {
            sheet.Text(notice, Small, bold: true);
            sheet.Space(10);
        }
        sheet.Text(receipt.Title, Large, bold: true);
        sheet.Space(14);
        foreach (var fact in receipt.Facts)
        {
            sheet.Fact(fact.What, fact.Value);
        }
        sheet.Space(14);
        sheet.Rule();
        foreach (var item in receipt.Items)
        {
            sheet.Amount(item.What, item.Value, bold: false);
        }
        sheet.Rule();
        foreach (var (i, sum) in receipt.Sums.Index())
        {
            sheet.Amount(sum.What, sum.Value, bold: i == receipt.Sums.Count - 1);
        }
        if (receipt.Refunds.Count > 0)
        {
            sheet.Rule();
        }
        foreach (var refund in receipt.Refunds)
        {
            sheet.Amount(refund.What, refund.Value, bold: false);
        }
        sheet.Space(14);
        foreach (string note in receipt.Notes)
        {
            sheet.Text(note, Small, bold: false);
        }
    }

    // The library marks fonts and metadata by chance. What stands there instead is as long, so that the places of all parts stay right.
    private static byte[] Settled(byte[] pdf, string id)
    {
        string text = Encoding.Latin1.GetString(pdf);
        text = FontTag().Replace(text, "RECEPT");
        return Encoding.Latin1.GetBytes(MetadataId().Replace(text, $"uuid:{id[..8]}-{id[8..12]}-{id[12..16]}-{id[16..20]}-{id[20..32]}"));
    }

    [GeneratedRegex(@"(?<=/)[A-Z]{6}(?=\+DejaVu)", RegexOptions.CultureInvariant)]
    private static partial Regex FontTag();

    [GeneratedRegex("uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", RegexOptions.CultureInvariant)]
    private static partial Regex MetadataId();

    /// <summary>Paper, written from top to bottom; what does not fit goes on on the next page.</summary>
    private sealed class Sheet : IDisposable
    {
        private readonly PdfDocument document;
        private XGraphics graphics;
        private double top, width, bottom;

        public Sheet(PdfDocument document)
        {
            this.document = document;
            graphics = Next();
        }

        public void Dispose() => graphics.Dispose();

        public void Space(double points) => top += points;

        public void Rule()
        {
            Room(12);
            graphics.DrawLine(new XPen(XColor.FromArgb(0xB0, 0xB6, 0xBF), 0.7), Margin, top + 4, Margin + width, top + 4);
            top += 10;
        }

        public void Text(string text, double size, bool bold) => Lines(text, Font(size, bold), Margin, width);

        public void Fact(string what, string value)
        {
            Room(Usual * LineHeight);
            double from = top;
            Lines(what, Font(Usual, false), Margin, LabelWidth - Gap);
            double labels = top;
            top = from;
            Lines(value, Font(Usual, true), Margin + LabelWidth, width - LabelWidth);
            top = Math.Max(top, labels);
        }

        public void Amount(string what, string amount, bool bold)
        {
            var font = Font(Usual, bold);
            double taken = graphics.MeasureString(amount, font).Width;
            Room(Usual * LineHeight);
            graphics.DrawString(amount, font, XBrushes.Black, Margin + width - taken, top + Usual);
            Lines(what, font, Margin, width - taken - Gap);
        }

        private static XFont Font(double size, bool bold) => new(ReceiptFonts.Family, size, bold ? XFontStyleEx.Bold : XFontStyleEx.Regular, new XPdfFontOptions(PdfFontEncoding.Unicode));

        private void Lines(string text, XFont font, double left, double within)
        {
            foreach (string line in Broken(text, font, within))
            {
                Room(font.Size * LineHeight);
                graphics.DrawString(line, font, XBrushes.Black, left, top + font.Size);
                top += font.Size * LineHeight;
            }
        }

        // At blanks; in the middle of a word only where it is wider than the line.
        private List<string> Broken(string text, XFont font, double within)
        {
            List<string> lines = [];
            string line = "";
            foreach (string word in text.Split(' '))
            {
                string longer = line.Length == 0 ? word : $"{line} {word}";
                if (Fits(longer))
                {
                    line = longer;
                    continue;
                }
                if (line.Length > 0)
                {
                    lines.Add(line);
                }
                line = word;
                while (!Fits(line))
                {
                    int length = line.Length - 1;
                    while (length > 1 && !Fits(line[..length]))
                    {
                        length--;
                    }
                    lines.Add(line[..length]);
                    line = line[length..];
                }
            }
            return [.. lines, line];
            bool Fits(string part) => part.Length <= 1 || graphics.MeasureString(part, font).Width <= within;
        }

        private void Room(double height)
        {
            if (top + height > bottom)
            {
                graphics.Dispose();
                graphics = Next();
            }
        }

        private XGraphics Next()
        {
            var page = document.AddPage();
            page.Size = PageSize.A4;
            (top, width, bottom) = (Margin, page.Width.Point - 2 * Margin, page.Height.Point - Margin);
            return XGraphics.FromPdfPage(page);
        }
    }
}
