using System.Globalization;
using System.Text;

namespace McpBilling.Bench.Load;

/// <summary>
/// The bytes of a POST, made once; per request only the slots are filled: <c>%KEY%</c> a fresh UUID, <c>%CUST%</c> a customer, <c>%SAME%</c> that one again, <c>%ID%</c> the hold that the
/// answer before named (in the path only, since the body's length is fixed).
/// </summary>
internal sealed class RequestTemplate
{
    private enum Slot
    {
        None,
        Key,
        Customer,
        SameCustomer,
        Id,
    }

    private const int CustomerDigits = 5;
    private readonly List<(byte[] Text, Slot Then)> segments = [];

    /// <param name="repeat">The body's item is written so many times, between <paramref name="open"/> and <paramref name="close"/>.</param>
    public RequestTemplate(string path, string key, string body, int repeat = 1, string open = "", string close = "")
    {
        string content = open + string.Join(',', Enumerable.Repeat(body, repeat)) + close;
        int length = Encoding.UTF8.GetByteCount(content.Replace("%KEY%", new string('k', KeySource.Length), StringComparison.Ordinal).Replace("%CUST%", Customer(0), StringComparison.Ordinal).Replace("%SAME%", Customer(0), StringComparison.Ordinal));
        string all = string.Create(
            CultureInfo.InvariantCulture,
            $"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAuthorization: Bearer {key}\r\nContent-Length: {length}\r\n\r\n{content}");
        MaxBytes = all.Length + length + 256;
        Split(all);
    }

    public int MaxBytes { get; }

    public static string Customer(int number) => "c" + number.ToString(CultureInfo.InvariantCulture).PadLeft(CustomerDigits, '0');

    public int Write(Span<byte> into, KeySource keys, Func<int> customer, ReadOnlySpan<byte> id)
    {
        int at = 0, last = 0;
        foreach (var (text, then) in segments)
        {
            text.CopyTo(into[at..]);
            at += text.Length;
            switch (then)
            {
                case Slot.Key:
                    keys.Write(into.Slice(at, KeySource.Length));
                    at += KeySource.Length;
                    break;
                case Slot.Customer:
                case Slot.SameCustomer:
                    last = then == Slot.Customer ? customer() : last;
                    into[at] = (byte)'c';
                    last.TryFormat(into[(at + 1)..], out _, "D5", CultureInfo.InvariantCulture);
                    at += 1 + CustomerDigits;
                    break;
                case Slot.Id:
                    id.CopyTo(into[at..]);
                    at += id.Length;
                    break;
            }
        }
        return at;
    }

    private void Split(string all)
    {
        while (true)
        {
            var next = new[] { ("%KEY%", Slot.Key), ("%CUST%", Slot.Customer), ("%SAME%", Slot.SameCustomer), ("%ID%", Slot.Id) }
                .Select(s => (At: all.IndexOf(s.Item1, StringComparison.Ordinal), s.Item1.Length, s.Item2)).Where(s => s.At >= 0).OrderBy(s => s.At).FirstOrDefault((At: -1, 0, Slot.None));
            if (next.At < 0)
            {
                segments.Add((Encoding.UTF8.GetBytes(all), Slot.None));
                return;
            }
            segments.Add((Encoding.UTF8.GetBytes(all[..next.At]), next.Item3));
            all = all[(next.At + next.Item2)..];
        }
    }
}
