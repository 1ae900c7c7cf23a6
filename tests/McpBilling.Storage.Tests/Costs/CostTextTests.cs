using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using CsCheck;
using McpBilling.Costs;
using McpBilling.Storage.Writing;

namespace McpBilling.Storage.Tests.Costs;

public sealed class CostTextTests
{
    private static readonly string[] Odd = ["", "input", "müller\n\"\\", "\0\u0001\u007f\u2028", "😀", "</script>&+'"];
    private static readonly Gen<string> Name = Gen.OneOf(Gen.Int[0, Odd.Length - 1].Select(i => Odd[i]), Gen.String[Gen.Char.AlphaNumeric, 1, 20]);
    private static readonly Gen<string?> Said = Gen.Frequency((1, Gen.Const((string?)null)), (1, Name.Select(string? (n) => n)));
    private static readonly Gen<decimal> Amount = Gen.OneOf(
        Gen.Int[0, 3].Select(i => ((decimal[])[0m, 1.50m, 9_999_999_999.999999999999999999m, 0.000000000000000001m])[i]), Gen.Long[0, 1_000_000_000_000].Select(n => n / 1_000_000_000_000_000_000m));
    private static readonly Gen<decimal?> Known = Gen.Frequency((1, Gen.Const((decimal?)null)), (3, Amount.Select(decimal? (a) => a)));

    private static readonly Gen<CostLine> Line =
        from names in Gen.Select(Name, Said, Said, Said)
        from amounts in Gen.Select(Amount, Known, Amount, Known)
        from assumed in Gen.Bool
        select new CostLine(names.Item1, amounts.Item1, amounts.Item2, amounts.Item3, amounts.Item4, names.Item2) { Assumed = assumed, Model = names.Item3, Iteration = names.Item4 };

    // What is written by hand is what the serializer wrote before, and writes for callers.
    [Fact]
    public void Lines_are_kept_as_they_travel() => Line.Array[0, 5].Sample(lines =>
    {
        using var json = new RowJson();
        var text = json.Of(ImmutableArray.Create(lines), CostText.Write).Span;
        Assert.Equal(JsonSerializer.Serialize(CostLineView.Of([.. lines]), BillingJson.TypeInfo<ImmutableArray<CostLineView>>()), Encoding.UTF8.GetString(text));
        Assert.Equal(lines, CostText.Lines(text));
    });
}
