using System.Globalization;
using McpBilling.Catalog;

namespace McpBilling.Server.Portal;

/// <summary>Whose portal it is: what billing.json says, as far as it may be seen. Any colour is made readable: text on it, and it on both themes.</summary>
internal sealed record PortalBrand(string? Name, string? Logo, string Color, IReadOnlyList<string> EmbedOrigins)
{
    private const string DefaultColor = "1f5fbf";

    // WCAG 2.2 AA: text against what is behind it, also where a card or a banner is a shade off the page's ground.
    private const double Contrast = 5.2;

    private static readonly (int R, int G, int B) LightGround = (255, 255, 255), DarkGround = (30, 35, 41);

    public static PortalBrand Of(PortalDefinition? portal) =>
        new(portal?.Name, portal?.Logo, portal?.Color?[1..].ToLowerInvariant() ?? DefaultColor, portal?.EmbedOrigins ?? []);

    /// <summary>Six hexadecimal digits in lower case, as they stand in a style sheet's address.</summary>
    public static bool IsColor(string text) => text.Length == 6 && text.All(c => c is (>= '0' and <= '9') or (>= 'a' and <= 'f'));

    /// <summary>The style sheet of a colour: the same for everybody who uses it, so it says nothing of anybody.</summary>
    public static string Css(string color)
    {
        var own = Parse(color);
        var onOwn = ContrastOf(own, (255, 255, 255)) >= ContrastOf(own, (0, 0, 0)) ? "#fff" : "#000";
        string light = Hex(Readable(own, LightGround, (0, 0, 0))), dark = Hex(Readable(own, DarkGround, (255, 255, 255)));
        return $":root{{--brand:#{color};--on-brand:{onOwn};--link:{light}}}\n@media (prefers-color-scheme:dark){{:root{{--link:{dark}}}}}\n@media print{{:root{{--link:{light}}}}}\n";
    }

    // Towards black or white, in small steps, until it can be read.
    private static (int R, int G, int B) Readable((int R, int G, int B) color, (int R, int G, int B) ground, (int R, int G, int B) towards)
    {
        for (int step = 0; step < 100; step++)
        {
            int Mix(int from, int to) => from + (to - from) * step / 100;
            var mixed = (Mix(color.R, towards.R), Mix(color.G, towards.G), Mix(color.B, towards.B));
            if (ContrastOf(mixed, ground) >= Contrast)
            {
                return mixed;
            }
        }
        return towards;
    }

    internal static double ContrastOf((int R, int G, int B) a, (int R, int G, int B) b)
    {
        double one = Light(a), other = Light(b);
        return (Math.Max(one, other) + 0.05) / (Math.Min(one, other) + 0.05);
    }

    private static double Light((int R, int G, int B) color)
    {
        static double Linear(int channel) => channel / 255.0 is var c && c <= 0.04045 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4);
        return 0.2126 * Linear(color.R) + 0.7152 * Linear(color.G) + 0.0722 * Linear(color.B);
    }

    internal static (int R, int G, int B) Parse(string color)
    {
        int number = int.Parse(color, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return (number >> 16, (number >> 8) & 0xFF, number & 0xFF);
    }

    private static string Hex((int R, int G, int B) color) => $"#{color.R:x2}{color.G:x2}{color.B:x2}";
}
