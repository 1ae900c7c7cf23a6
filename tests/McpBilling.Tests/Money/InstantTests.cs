using System.Globalization;
using CsCheck;
using McpBilling.Money;

namespace McpBilling.Tests.Money;

/// <summary>Instants as text: RFC 3339, which reads back as what it was.</summary>
public sealed class InstantTests
{
    private static readonly Gen<Instant> Any = Gen.OneOf(
        Gen.Long[Instant.Earliest.Microseconds, Instant.Latest.Microseconds],
        Gen.Long[Instant.Earliest.Microseconds / 1_000_000, Instant.Latest.Microseconds / 1_000_000].Select(s => s * 1_000_000),
        Gen.Long[Instant.Earliest.Microseconds / 1_000, Instant.Latest.Microseconds / 1_000].Select(ms => ms * 1_000)).Select(us => new Instant(us));

    [Fact]
    public void The_text_is_that_of_the_frameworks_own_format() => Any.Sample(instant =>
        instant.ToString() == instant.ToDateTimeOffset().ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture));

    [Fact]
    public void The_text_reads_back() => Any.Sample(instant => Instant.TryParse(instant.ToString(), out var read) && read == instant);

    [Theory]
    [InlineData(0, "1970-01-01T00:00:00Z")]
    [InlineData(1, "1970-01-01T00:00:00.000001Z")]
    [InlineData(-1, "1969-12-31T23:59:59.999999Z")]
    [InlineData(500_000, "1970-01-01T00:00:00.5Z")]
    [InlineData(951_782_400_000_000, "2000-02-29T00:00:00Z")]
    [InlineData(long.MinValue, "beginning")]
    [InlineData(long.MaxValue, "never")]
    public void It_has_as_many_digits_as_it_takes(long microseconds, string text) => Assert.Equal(text, new Instant(microseconds).ToString());
}
