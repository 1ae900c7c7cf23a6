namespace McpBilling.Tests.Wallets;

/// <summary>Burn order key by key: each row gives two grants that differ in one key, and the one that must go first.</summary>
public sealed class BurnOrderTests
{
    [Theory]
    [InlineData("the lower priority number", "grant G1 5.00 promotional priority 50 expires day 3", "grant G2 5.00 paid priority 49", "G2")]
    [InlineData("priority before expiry", "grant G1 5.00 promotional priority 100 expires day 2", "grant G2 5.00 promotional priority 0", "G2")]
    [InlineData("the earlier expiry", "grant G1 5.00 promotional expires day 9", "grant G2 5.00 paid expires day 8", "G2")]
    [InlineData("expiry at full precision", "grant G1 5.00 promotional expires day 9.00000001", "grant G2 5.00 paid expires day 9", "G2")]
    [InlineData("never last", "grant G1 5.00 promotional", "grant G2 5.00 paid expires day 3000", "G2")]
    [InlineData("expiry before restriction", "grant G1 5.00 promotional for images expires day 9", "grant G2 5.00 promotional expires day 8", "G2")]
    [InlineData("restricted before unrestricted", "grant G1 5.00 promotional expires day 9", "grant G2 5.00 paid for images expires day 9", "G2")]
    [InlineData("free before paid", "grant G1 5.00 paid expires day 9", "grant G2 5.00 included expires day 9", "G2")]
    [InlineData("free before paid, however old", "grant G1 5.00 paid starts day 0.5", "grant G2 5.00 promotional", "G2")]
    [InlineData("the oldest", "grant G1 5.00 promotional", "grant G2 5.00 promotional starts day 0.5", "G2")]
    [InlineData("else in order of arrival", "grant G2 5.00 promotional", "grant G1 5.00 promotional", "G2")]
    public void The_right_one_goes_first(string why, string one, string other, string first)
    {
        Assert.NotEmpty(why);
        string second = first == "G1" ? "G2" : "G1";
        WalletStory.Run($"""
            day 1  {one}
                   {other}
                   use 6.00 for images
                   lines used {first} -5.00, used {second} -1.00
            """);
        WalletStory.Run($"""
            day 1  {one}
                   {other}
                   hold H 6.00 for images
                   expect {first}.held 5.00 {second}.held 1.00
            """);
    }

    [Fact]
    public void Debt_is_settled_from_the_new_grant_and_released_credit_in_burn_order() => WalletStory.Run("""
        day 1  grant G1 5.00 paid
               grant G2 5.00 promotional expires day 9
               hold H 10.00
               use 7.00
               expect debt 7.00 G1.held 5.00 G2.held 5.00
               release H
               lines released G2 0.00 held -5.00, settled G2 -5.00, settled debt 5.00, released G1 0.00 held -5.00, settled G1 -2.00, settled debt 2.00
               expect debt 0 G1 3.00 balance 3.00
        """);

    [Fact]
    public void A_restricted_grant_serves_its_products_only() => WalletStory.Run("""
        grant G1 5.00 promotional for images,video
        expect balance 5.00 available 5.00 available/plain 0 available/images 5.00 available/video 5.00 available/audio 0
        hold H1 1.00 → insufficient_balance short 1.00
        hold H2 1.00 for audio → insufficient_balance short 1.00
        hold H3 1.00 for video
        use 2.00 for images
        use 1.00 for audio
        expect G1 3.00 debt 1.00 available/images 1.00 balance 2.00
        """);

    [Fact]
    public void Restricted_and_unrestricted_credit_add_up_for_a_reject() => WalletStory.Run("""
        grant G1 5.00 promotional for images
        grant G2 3.00 paid
        use 5.00 for images + 3.01 reject → insufficient_balance short 0.01
        expect G1 5.00 G2 3.00
        use 5.00 for images + 3.00 reject
        expect balance 0 debt 0
        """);
}
