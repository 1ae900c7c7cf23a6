using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using CsCheck;
using McpBilling.Costs;
using McpBilling.Storage.Sums;
using McpBilling.Storage.Writing;

namespace McpBilling.Storage.Tests.Sums;

public sealed class PostingTextTests
{
    private static readonly string[] Odd = ["", "anna", "a b", "müller\n\"\\", "\0\u0001\u007f\u2028", "😀", "</script>", "null"];
    private static readonly Gen<string> Name = Gen.OneOf(Gen.Int[0, Odd.Length - 1].Select(i => Odd[i]), Gen.String[Gen.Char.AlphaNumeric, 0, 20]);
    private static readonly Gen<string?> Said = Gen.Frequency((1, Gen.Const((string?)null)), (2, Name.Select(string? (n) => n)));
    private static readonly Gen<decimal> Amount = Gen.OneOf(
        Gen.Int[0, 3].Select(i => ((decimal[])[0m, -0.000000000000000001m, 999_999_999.999999999999999999m, 0.1m])[i]), Gen.Long[-1_000_000_000_000, 1_000_000_000_000].Select(n => n / 1_000_000_000_000_000_000m));

    private static readonly Gen<DayPosting> Posting =
        from day in Gen.Long[-1000, 30_000]
        from names in Gen.Select(Name, Name, Name, Name)
        from said in Gen.Select(Said, Said, Said)
        from counts in Gen.Select(Gen.Long[-1, 1], Gen.Long[-1, 1], Gen.Long[-1, 1], Gen.Long[-1, 1], Gen.Long[0, 1])
        from amounts in Gen.Select(Amount, Amount)
        from products in Gen.Select(Name, Amount).Array[1, 3]
        select new DayPosting(
            day, names.Item1, names.Item2, said.Item1, said.Item2, said.Item3, names.Item3, names.Item4,
            new CostDaySum(counts.Item1, counts.Item2, counts.Item3, counts.Item4, amounts.Item1, counts.Item5, amounts.Item2),
            [.. products.Select(p => new ProductShare(p.Item1, p.Item2))]);

    [Fact]
    public void What_was_written_is_read() => Posting.List[0, 5].Sample(postings =>
    {
        var read = PostingText.Read(Written(postings));
        Assert.Equal(postings.Count, read.Count);
        foreach (var (a, b) in postings.Zip(read))
        {
            Assert.Equal(a with { Products = default }, b with { Products = default });
            Assert.Equal(a.Products.AsEnumerable(), b.Products);
        }
    });

    [Fact]
    public void Half_a_character_becomes_the_sign_for_one_that_is_none()
    {
        var posting = new DayPosting(1, "a\ud83d", "a\ud83d", null, null, null, "", "", default, [new ProductShare("", 0)]);
        Assert.Equal("a\ufffd", PostingText.Read(Written([posting]))[0].CustomerId);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[")]
    [InlineData("[1]")]
    [InlineData("[[]]")]
    [InlineData("[[1,null,null,null,null,null,\"\",\"\",0,0,0,0,0,0,0,\"\",0]]")]
    [InlineData("[[1,\"a\",null,null,null,null,\"\",\"\",0,0,0,0,0,0]]")]
    [InlineData("[[1,\"a\",null,null,null,null,\"\",\"\",0,0,0,0,0,0,0]]")]
    [InlineData("[[1,\"a\",null,null,null,null,\"\",\"\",0.5,0,0,0,0,0,0,\"\",0]]")]
    [InlineData("[[1,\"a\",7,null,null,null,\"\",\"\",0,0,0,0,0,0,0,\"\",0]]")]
    [InlineData("[[1,\"a\",null,null,null,null,\"\",\"\",0,0,0,0,0,0,0,\"\"]]")]
    [InlineData("[[1,\"a\",null,null,null,null,\"\",\"\",0,0,0,0,0,0,0,\"\",0,1]]")]
    public void Anything_else_is_refused(string text) => Assert.ThrowsAny<JsonException>(() => PostingText.Read(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Each_dimension_has_its_keys()
    {
        var posting = new DayPosting(
            7, "anna", "bob", "gina", null, "t", "chat", "openai/gpt", new CostDaySum(0, 0, 0, 0, 0, 1, 5), [new ProductShare("art", 3), new ProductShare("api", 2)]);
        Assert.Equal(
            ["All |1 5", "Customer bob|1 5", "EndUser anna\ngina|1 5", "Task anna\nt|1 5", "Feature chat|1 5", "Model openai/gpt|1 5", "Product art|1 3", "Product api|1 2",
                "OfCustomer bob\nchat\nopenai/gpt\nart|1 3", "OfCustomer bob\nchat\nopenai/gpt\napi|0 2"],
            DayPosting.Dimensions.SelectMany(posting.Of).Select(s => FormattableString.Invariant($"{s.Key.Dimension} {s.Key.Key}|{s.Sum.Charges} {s.Sum.Revenue}")));
    }

    private static ReadOnlySpan<byte> Written(IReadOnlyList<DayPosting> postings)
    {
        using var json = new RowJson();
        return json.Of(postings, PostingText.Write).Span;
    }
}
