using System.Text.RegularExpressions;
using CsCheck;
using McpBilling.Money;
using McpBilling.Portal;
using McpBilling.Server.Portal;

namespace McpBilling.Server.Tests.Portal;

/// <summary>Five languages say the same, each in its own way of writing.</summary>
public sealed class LanguageTests
{
    private static readonly Asset Credits = new("credits", "Credits", 6, 0);

    public static TheoryData<string> Codes => [.. PortalLanguages.All];

    [Theory]
    [MemberData(nameof(Codes))]
    public void Every_language_has_every_text_with_the_same_places_for_values(string code)
    {
        var (english, other) = (Language.Of("en"), Language.Of(code));
        Assert.Equal(english.Keys.Order(), other.Keys.Order());
        Assert.All(english.Keys, key => Assert.Equal(Places(english[key]), Places(other[key])));
        Assert.Equal(12, other["months"].Split('|').Length);
        Assert.Equal(12, other["months.short"].Split('|').Length);
        Assert.Equal(10, other["number.digits"].Length);
    }

    [Theory]
    [InlineData("en", "1234567.5", "1,234,567.50", "$1,234,567.50", "November 5, 2026")]
    [InlineData("de", "1234567.5", "1.234.567,50", "1.234.567,50 $", "5. November 2026")]
    [InlineData("es", "1234.5", "1234,50", "1234,50 $", "5 de noviembre de 2026")]
    [InlineData("es", "12345.5", "12.345,50", "12.345,50 $", "5 de noviembre de 2026")]
    [InlineData("ja", "1234.5", "1,234.50", "$1,234.50", "2026年11月5日")]
    [InlineData("ar", "1234.5", "١٬٢٣٤٫٥٠", "١٬٢٣٤٫٥٠ $", "٥ نوفمبر ٢٠٢٦")]
    public void Numbers_money_and_dates_are_written_as_the_language_writes_them(string code, string amount, string number, string money, string date)
    {
        var language = Language.Of(code);
        decimal value = decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(number, language.Number(value, 2, 2));
        Assert.Equal(money, language.Exact(Currencies.All["usd"], value).Replace('\u00a0', ' '));
        Assert.Equal(date, language.Date(new DateOnly(2026, 11, 5)));
    }

    [Theory]
    [InlineData("usd", "12.345678912", "$12.345678912", "$12.34")]
    [InlineData("usd", "-3.5", "−$3.50", "−$3.50")]
    [InlineData("usd", "0.000123456", "$0.000123456", "$0.000123")]
    [InlineData("usd", "0.990178", "$0.990178", "$0.99")]
    [InlineData("usd", "0.000000001", "$0.000000001", "$0.000000001")]
    [InlineData("usd", "0", "$0.00", "$0.00")]
    [InlineData("chf", "1999.999", "CHF 1,999.999", "CHF 1,999.99")]
    [InlineData("credits", "7", "7 Credits", "7 Credits")]
    [InlineData("credits", "7.129999", "7.129999 Credits", "7.12 Credits")]
    public void A_figure_for_reading_never_shows_more_than_there_is(string asset, string amount, string exact, string figure)
    {
        var english = Language.Of("en");
        var of = asset == "credits" ? Credits : Currencies.All[asset];
        decimal value = decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal((exact, figure), (english.Exact(of, value), english.Figure(of, value)));
    }

    [Theory]
    [InlineData("en", "12.50", "12.50")]
    [InlineData("en", " 7 ", "7")]
    [InlineData("de", "12,50", "12.50")]
    [InlineData("es", "0,0001", "0.0001")]
    [InlineData("ar", "١٢٫٥٠", "12.50")]
    [InlineData("ar", "12.50", "12.50")]
    [InlineData("en", "-3", "-3")]
    // What could mean two amounts means none.
    [InlineData("de", "12.50", null)]
    [InlineData("de", "1.234", null)]
    [InlineData("en", "1,234", null)]
    [InlineData("en", "12,50", null)]
    [InlineData("es", "1.234,50", null)]
    [InlineData("en", "", null)]
    [InlineData("en", ".5", null)]
    [InlineData("en", "5.", null)]
    [InlineData("en", "1e3", null)]
    [InlineData("en", "1.2.3", null)]
    [InlineData("en", "99999999999999999999999999999", null)]
    [InlineData("en", "$5", null)]
    public void An_amount_is_read_as_the_language_writes_it_or_not_at_all(string code, string typed, string? expected)
    {
        bool read = Language.Of(code).TryRead(typed, out decimal amount);
        Assert.Equal(expected is not null, read);
        Assert.Equal(decimal.Parse(expected ?? "0", System.Globalization.CultureInfo.InvariantCulture), read ? amount : 0);
    }

    [Theory]
    [MemberData(nameof(Codes))]
    public void What_a_form_shows_is_what_it_takes(string code) => Gen.Long[0, 999_999_999_999_999].Sample(units =>
    {
        decimal amount = units / 1_000_000m;
        Assert.True(Language.Of(code).TryRead(Language.Of(code).Typed(amount, 2), out decimal read));
        Assert.Equal(amount, read);
    });

    [Theory]
    [InlineData("de-AT,de;q=0.9,en;q=0.8", "de")]
    [InlineData("fr,ja;q=0.5,es;q=0.7", "es")]
    [InlineData("AR-eg", "ar")]
    [InlineData("fr", null)]
    [InlineData("de;q=0", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    [InlineData(";;;q=,,,=", null)]
    public void The_browsers_best_language_of_ours_is_taken(string? header, string? code) => Assert.Equal(code, Language.Accepted(header));

    [Fact]
    public void Whatever_the_colour_text_on_it_and_links_in_it_can_be_read() => Gen.Int[0, 0xFFFFFF].Sample(color =>
    {
        string css = PortalBrand.Css(color.ToString("x6", System.Globalization.CultureInfo.InvariantCulture));
        var colors = Regex.Matches(css, "--(brand|on-brand|link):#([0-9a-f]{6}|fff|000)").Select(m => m.Groups[2].Value)
            .Select(c => PortalBrand.Parse(c.Length == 3 ? string.Concat(c.Select(d => $"{d}{d}")) : c)).ToList();
        Assert.True(PortalBrand.ContrastOf(colors[0], colors[1]) >= 4.5, css);
        // On the card and on the ground behind it, light and dark.
        Assert.True(PortalBrand.ContrastOf(colors[2], (0xf6, 0xf7, 0xf9)) >= 4.5, css);
        Assert.True(PortalBrand.ContrastOf(colors[3], (0x1e, 0x23, 0x29)) >= 4.5, css);
    });

    // What a customer agreed to is kept as a number and a language: who finds this red has changed a text that somebody may have agreed to. Write the next one.
    [Theory]
    [InlineData("ar", "1cc3d189da193c5b")]
    [InlineData("de", "edf989e21518c65b")]
    [InlineData("en", "49baace1212fe1c4")]
    [InlineData("es", "866a0443a306999d")]
    [InlineData("ja", "8a99bad0ac96a382")]
    public void A_text_that_customers_agreed_to_stays_as_it_is(string code, string hash) => Assert.Equal(hash, HashOf(Language.Of(code)["consent.1"]));

    private static string HashOf(string text) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)))[..16];

    private static IEnumerable<string> Places(string text) => Regex.Matches(text, "\\{\\w+\\}").Select(m => m.Value).Order();
}
