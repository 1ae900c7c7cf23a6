using McpBilling.Operations;

namespace McpBilling.Tests.Operations;

/// <summary>What is a card's number or a key, and what only looks long.</summary>
public sealed class SecretTextTests
{
    [Theory]
    [InlineData("4242424242424242")]
    [InlineData("to 4242 4242 4242 4242, please")]
    [InlineData("4242-4242-4242-4242")]
    [InlineData("""{"number":"5555555555554444"}""")]
    [InlineData("2223003122003222")]
    [InlineData("378282246310005")]
    [InlineData("3782 822463 10005")]
    [InlineData("6011111111111117")]
    [InlineData("3056930009020004")]
    [InlineData("36227206271667")]
    [InlineData("3566002020360505")]
    [InlineData("6200000000000005")]
    public void A_card_number_is_found_and_masked(string text)
    {
        // 3056… has the length of no Diners card: only the check digit is right.
        bool isCard = !text.StartsWith("3056", StringComparison.Ordinal);
        Assert.Equal(isCard, SecretText.HasCardNumber(text));
        Assert.Equal(isCard, SecretText.Masked(text).Contains("[card number]", StringComparison.Ordinal));
        Assert.Equal(!isCard, SecretText.Masked(text) == text);
    }

    [Theory]
    [InlineData("4242424242424241")]
    [InlineData("1763596800000000")]
    [InlineData("9223372036854775807")]
    [InlineData("ending in 4242")]
    [InlineData("0.4242424242")]
    [InlineData("42424242424242424242424242")]
    [InlineData("019ac0de-4242-7424-8424-242424242424")]
    [InlineData("mb_test_…")]
    [InlineData("it begins with sk_test_, sk_live_, rk_test_ or rk_live_")]
    [InlineData("")]
    public void What_is_none_stays_as_it_is(string text)
    {
        Assert.False(SecretText.HasCardNumber(text));
        Assert.Equal(text, SecretText.Masked(text));
    }

    [Theory]
    [InlineData("There is no customer mb_test_abcdEFGH0123.", "There is no customer [key].")]
    [InlineData("sk_live_51abcdEFGH0123 and whsec_YWJjZGVmZ2g=", "[key] and [key]")]
    public void Keys_are_masked(string text, string expected) => Assert.Equal(expected, SecretText.Masked(text));

    [Fact]
    public void A_refusal_repeats_neither()
    {
        var refusal = new BillingException(ErrorCode.InvalidRequest, "amount must be a number, but is \"4242 4242 4242 4242\"") { Problems = [new Problem("/amount", "4242424242424242", "Use mb_live_abcdEFGH0123.") { Found = "4242424242424242" }] };
        Assert.DoesNotContain("4242", refusal.ToString() + refusal.Detail + refusal.Problems[0], StringComparison.Ordinal);
        Assert.DoesNotContain("abcdEFGH", refusal.Problems[0].ToString(), StringComparison.Ordinal);
    }
}
