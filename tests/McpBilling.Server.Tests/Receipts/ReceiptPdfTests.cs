using System.Text;
using McpBilling.Money;
using McpBilling.Portal;
using McpBilling.Server.Receipts;
using McpBilling.Server.Tests.Portal;
using McpBilling.Server.Tests.Usage;
using UglyToad.PdfPig;

namespace McpBilling.Server.Tests.Receipts;

/// <summary>Receipts as PDF: read back, they say what the page says, to whom it belongs and to nobody else.</summary>
public sealed class ReceiptPdfTests : IAsyncLifetime
{
    private LiveServer server = null!;

    public static TheoryData<string> Codes => [.. PortalLanguages.All];

    public async ValueTask InitializeAsync()
    {
        server = await LiveServer.Start();
        await server.Client.Clock("2026-11-05T09:30:00Z");
        await server.Client.Apply(new
        {
            assets = new[] { new { id = "credits", name = "Image credits" } },
            top_ups = new { packs = new[] { new { id = "starter", name = "Starter", price = "10", currency = "eur", credit = new { asset = "credits", amount = "1000" }, bonus = new { amount = "50" }, expires_after_days = 365 } } },
            portal = new { name = "Pixel Studio GmbH", color = "#e8b339" },
        });
    }

    public async ValueTask DisposeAsync() => await server.DisposeAsync();

    [Fact]
    public async Task A_receipt_says_what_was_bought_what_was_paid_and_what_went_back()
    {
        string id = await Buy("anna", "Anna Müller", tax: "1.90", refund: "4");
        var (text, pdf) = await Pdf("anna", id);
        foreach (string said in (string[])["Receipt", "Pixel Studio GmbH", "Anna Müller", id, "November 5, 2026", "Bank transfer or other payment, wire-anna", "Prepaid credit: 1,000 Image credits", "€10.00",
            "Bonus credit: 50 Image credits", "€0.00", "Total paid, without tax", "Tax €1.90", "Total paid, with tax €11.90", "Refunded on November 5, 2026 −€4.00", "The credit expires on November 5, 2027.", "Test mode"])
        {
            Assert.Contains(said, text, StringComparison.Ordinal);
        }
        Assert.Equal(($"Receipt {id}", "Pixel Studio GmbH", "D:20261105093000"), (pdf.Information.Title, pdf.Information.Author, pdf.Information.CreationDate?[..16]));
        using var anna = await Enter("anna", "en");
        var page = await anna.Get($"/portal/receipts/{id}");
        foreach (string said in (string[])["€1.90", "€11.90", "−€4.00", "wire-anna", "50 Image credits"])
        {
            Assert.Contains(said, page.Text.Replace('\u00a0', ' '), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Credit_that_the_app_gave_and_took_money_for_has_a_receipt_without_an_order()
    {
        await server.Client.Do("/v1/customers", new { id = "gina" });
        var granted = await server.Client.Do("/v1/grants", new { customer_id = "gina", asset = "credits", amount = "7", source = "paid", cost_basis = new { currency = "eur", amount = "0.70" }, idempotency_key = "g" });
        var (text, _) = await Pdf("gina", granted.Json.GetProperty("grant").GetProperty("id").GetString()!);
        Assert.Contains("For gina", text, StringComparison.Ordinal);
        Assert.Contains("Total paid, without tax €0.70", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Paid with", text, StringComparison.Ordinal);
        Assert.DoesNotContain("with tax", text.Replace("without tax", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Codes))]
    public async Task Every_language_has_the_link_and_a_receipt_in_it_or_in_English(string code)
    {
        string id = await Buy("anna-" + code, "Ирина Ångström", tax: "0", refund: null);
        using var anna = await Enter("anna-" + code, code);
        Assert.Contains($"href=\"/portal/receipts/{id}.pdf\" download>", (await anna.Get($"/portal/receipts/{id}")).Text, StringComparison.Ordinal);
        var (text, _) = await Pdf("anna-" + code, id, code);
        string[] said = code switch
        {
            "de" => ["Beleg", "Für Ирина Ångström", "5. November 2026", "10,00 €", "Vorausbezahltes Guthaben: 1.000 Image credits", "Testbetrieb"],
            "es" => ["Recibo", "Ирина Ångström", "5 de noviembre de 2026", "10,00 €", "Modo de prueba"],
            _ => ["Receipt", "For Ирина Ångström", "November 5, 2026", "€10.00", "Test mode"],
        };
        Assert.All(said, words => Assert.Contains(words, text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("山田太郎")]
    [InlineData("فاطمة")]
    [InlineData("🦊 Fox")]
    public async Task A_name_that_cannot_be_written_stands_as_the_id(string name)
    {
        string id = await Buy("user_123", name, tax: "0", refund: null);
        Assert.Contains("For user_123", (await Pdf("user_123", id)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_receipt_is_the_same_bytes_and_another_is_not()
    {
        string one = await Buy("anna", "Anna", tax: "1.90", refund: null), other = await Buy("bert", "Bert", tax: "0", refund: null);
        byte[] first = await Bytes("anna", one);
        await Task.Delay(1_100);
        Assert.Equal(first, await Bytes("anna", one));
        Assert.NotEqual(first, await Bytes("bert", other));
    }

    [Fact]
    public async Task Nobody_gets_the_receipt_of_another()
    {
        string bobs = await Buy("bob", "Bob", tax: "0", refund: null);
        await Buy("anna", "Anna", tax: "0", refund: null);
        using var anna = await Enter("anna", "en");
        using var nobody = new Browser(server.Url);
        foreach (string address in (string[])[$"/portal/receipts/{bobs}.pdf", $"/portal/receipts/{bobs}.pdf?customer_id=bob", "/portal/receipts/.pdf", "/portal/receipts/x.pdf", $"/portal/receipts/{bobs}.pdf.pdf"])
        {
            var refused = await anna.Get(address);
            Assert.Equal((404, "text/html; charset=utf-8"), (refused.Status, refused.Header("Content-Type")));
            Assert.DoesNotContain("Bob", refused.Text, StringComparison.Ordinal);
            Assert.Equal(401, (await nobody.Get(address)).Status);
        }
    }

    [Fact]
    public void Every_letter_that_is_said_to_be_writable_can_be_read_back()
    {
        string all = string.Concat(Enumerable.Range('!', 0x2212 - '!' + 1).Select(c => (char)c).Where(c => ReceiptLetters.CanWrite(c.ToString()) && !char.IsWhiteSpace(c)));
        Assert.InRange(all.Length, 1_000, 1_400);
        byte[] pdf = ReceiptPdf.Write(Document([.. all.Chunk(40).Select(c => new ReceiptLine(new string(c), "1"))]));
        using var read = PdfDocument.Open(pdf);
        // Beside every letter also both of its fonts': the amounts and the facts are bold.
        string found = string.Concat(read.GetPages().Select(p => p.Text));
        // U+00AD is a soft hyphen, which is drawn nowhere.
        Assert.Empty(all.Where(c => c != '\u00ad' && !found.Contains(c, StringComparison.Ordinal)).Select(c => $"U+{(int)c:X4}"));
    }

    [Fact]
    public void What_is_too_long_is_broken_and_goes_on_on_the_next_page()
    {
        byte[] pdf = ReceiptPdf.Write(Document([.. Enumerable.Range(0, 20).Select(i => new ReceiptLine($"{new string('w', 300)} {i}", $"{i}.00"))]));
        using var read = PdfDocument.Open(pdf);
        Assert.InRange(read.NumberOfPages, 5, 20);
        foreach (var page in read.GetPages())
        {
            Assert.All(page.Letters, l => Assert.InRange(l.BoundingBox.Right, 0, page.Width - 50));
            Assert.All(page.Letters, l => Assert.InRange(l.BoundingBox.Bottom, 40, page.Height - 50));
        }
        Assert.Contains("19.00", string.Concat(read.GetPages().Select(p => p.Text)), StringComparison.Ordinal);
    }

    private static ReceiptDocument Document(IReadOnlyList<ReceiptLine> items) => new()
    {
        Title = "Receipt",
        Language = "en",
        Id = "grant_1",
        PaidAt = new Instant(1_762_335_000_000_000),
        Facts = [.. items.Select(i => new ReceiptLine("x", i.What))],
        Items = items,
        Sums = [],
        Refunds = [],
        Notes = [],
    };

    // By bank transfer: who marks it paid says how much of it was tax.
    private async Task<string> Buy(string customer, string name, string tax, string? refund)
    {
        await server.Client.Do("/v1/customers", new { id = customer, name });
        var order = await server.Client.Do("/v1/top-ups", new { customer_id = customer, pack = "starter", processor = "manual", idempotency_key = "order" });
        string id = order.Json.GetProperty("id").GetString()!;
        var paid = await server.Client.Do($"/v1/top-ups/{id}/paid", new { amount = "10", tax, currency = "eur", payment = "wire-" + customer, idempotency_key = "paid" });
        if (refund is not null)
        {
            await server.Client.Do("/v1/refunds", new { top_up_id = id, amount = refund, idempotency_key = "refund" });
        }
        return paid.Json.GetProperty("grant_id").GetString()!;
    }

    private async Task<Browser> Enter(string customer, string language)
    {
        var browser = new Browser(server.Url);
        await browser.Enter((await server.Client.Do("/v1/portal-sessions", new { customer_id = customer, language })).Json.GetProperty("url").GetString()!);
        return browser;
    }

    private async Task<(string Text, PdfDocument Pdf)> Pdf(string customer, string receipt, string language = "en")
    {
        byte[] bytes = await Bytes(customer, receipt, language);
        if (Environment.GetEnvironmentVariable("MCP_BILLING_PICTURES") is { Length: > 0 } folder)
        {
            await File.WriteAllBytesAsync(Path.Combine(folder, $"receipt-{language}.pdf"), bytes);
        }
        var read = PdfDocument.Open(bytes);
        return (string.Join(' ', read.GetPages().SelectMany(p => p.GetWords()).Select(w => w.Text)).Replace('\u00a0', ' '), read);
    }

    // As a browser saves it: by the link of the page.
    private async Task<byte[]> Bytes(string customer, string receipt, string language = "en")
    {
        string link = (await server.Client.Do("/v1/portal-sessions", new { customer_id = customer, language })).Json.GetProperty("url").GetString()!;
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = true });
        await http.GetStringAsync(new Uri(link));
        using var response = await http.GetAsync(new Uri(server.Url, $"/portal/receipts/{receipt}.pdf"));
        Assert.Equal((200, "application/pdf", $"receipt-{receipt}.pdf"), ((int)response.StatusCode, response.Content.Headers.ContentType?.ToString(), response.Content.Headers.ContentDisposition?.FileName?.Trim('"')));
        byte[] bytes = await response.Content.ReadAsByteArrayAsync();
        Assert.StartsWith("%PDF-", Encoding.ASCII.GetString(bytes, 0, 5), StringComparison.Ordinal);
        Assert.InRange(bytes.Length, 5_000, 60_000);
        return bytes;
    }
}
