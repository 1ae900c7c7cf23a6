using System.Text.Json;
using CsCheck;
using McpBilling.Costs;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Tests.Operations;

/// <summary>The quick writers of frequent answers write what the usual one does, to the byte.</summary>
public sealed class FrequentAnswersTests
{
    private static readonly string[] Odd = ["usd", "0.04", "hold_0a", "ünï \"code\" <b>&'\\\n", "日本", ""];
    private static readonly Gen<string> Text = Gen.OneOf(Gen.Int[0, 5].Select(i => Odd[i]), Gen.String);
    private static readonly Gen<string?> Maybe = Gen.OneOf(Gen.Const((string?)null), Text.Select(t => (string?)t));
    private static readonly Gen<Instant> Time = Gen.Long[Instant.Earliest.Microseconds, Instant.Latest.Microseconds].Select(us => new Instant(us));
    private static readonly Gen<AssetAmount> Amount = Gen.Select(Text, Text, (a, b) => new AssetAmount { Asset = a, Amount = b });
    private static readonly Gen<IReadOnlyList<AssetAmount>> Amounts = Amount.Array[0, 3].Select(a => (IReadOnlyList<AssetAmount>)a);
    private static readonly Gen<IReadOnlyList<string>?> Warnings = Gen.OneOf(Gen.Const((IReadOnlyList<string>?)null), Text.Array[0, 2].Select(w => (IReadOnlyList<string>?)w));

    private static readonly Gen<AuthorizeUsageOutput> Authorized =
        from allowed in Gen.Bool
        from holdId in Maybe
        from expires in Gen.OneOf(Gen.Const((Instant?)null), Time.Select(t => (Instant?)t))
        from amounts in Amounts
        from available in Amounts
        from reason in Gen.OneOf(Gen.Const((DenialReason?)null), Gen.Enum<DenialReason>().Select(r => (DenialReason?)r))
        from shortfall in Maybe
        from url in Maybe
        from policy in Gen.OneOf(Gen.Const((UsedHoldPolicy?)null), Gen.Enum<UsedHoldPolicy>().Select(r => (UsedHoldPolicy?)r))
        from warnings in Warnings
        from replayed in Gen.Bool
        select new AuthorizeUsageOutput
        {
            Allowed = allowed,
            HoldId = holdId,
            ExpiresAt = expires,
            Amounts = amounts,
            Available = available,
            Reason = reason,
            Shortfall = shortfall,
            TopUpUrl = url,
            HoldPolicy = policy,
            Warnings = warnings,
            Replayed = replayed,
        };

    private static readonly Gen<HoldView> Holds =
        from id in Text
        from status in Gen.Enum<HoldStatus>()
        from amounts in Amounts
        from captured in Amounts
        from remaining in Amounts
        from expires in Time
        select new HoldView { Id = id, Status = status, Amounts = amounts, Captured = captured, Remaining = remaining, ExpiresAt = expires };

    private static readonly Gen<ChargeView> Charges =
        from product in Maybe
        from price in Maybe
        from asset in Text
        from quantity in Maybe
        from amount in Text
        from capped in Gen.OneOf(Gen.Const((bool?)null), Gen.Bool.Select(b => (bool?)b))
        select new ChargeView { Product = product, Price = price, Asset = asset, Quantity = quantity, Amount = amount, Capped = capped };

    private static readonly Gen<RecordedCost> Costs =
        from id in Text
        from status in Gen.Enum<CostStatus>()
        from amount in Gen.OneOf(Gen.Const((CostAmount?)null), Gen.Const(CostAmount.Of(1.25m)))
        select new RecordedCost { CostEventId = id, Status = status, Cost = amount };

    private static readonly Gen<CaptureHoldOutput> Captured =
        from hold in Holds
        from charges in Charges.Array[0, 3]
        from figures in Gen.Select(Text, Text, Text, Text, Text, (a, b, c, d, e) => new AccountFigures { Asset = a, Balance = b, Held = c, Available = d, Debt = e }).Array[0, 2]
        from id in Maybe
        from cost in Gen.OneOf(Gen.Const((RecordedCost?)null), Costs.Select(c => (RecordedCost?)c))
        from warnings in Warnings
        from replayed in Gen.Bool
        select new CaptureHoldOutput { Hold = hold, Charges = charges, Balances = figures, EventId = id, Cost = cost, Warnings = warnings, Replayed = replayed };

    [Fact]
    public void An_authorization_is_written_alike()
    {
        var command = new AuthorizeUsageCommand(new AuthorizeUsageInput { CustomerId = "anna", Asset = "usd", Amount = 1, IdempotencyKey = "k" });
        Authorized.Sample(output => IsAlike(output, command));
    }

    [Fact]
    public void A_capture_is_written_alike()
    {
        var command = new CaptureHoldCommand(new CaptureHoldInput { HoldId = "hold_1", Amount = 1, IdempotencyKey = "k" });
        Captured.Sample(output => IsAlike(output, command));
    }

    private static bool IsAlike<T>(T output, ICustomerCommand command)
        where T : CommandOutput
    {
        byte[] usual = JsonSerializer.SerializeToUtf8Bytes(output, BillingJson.TypeInfo<T>());
        return command.Outcome(output).Span.SequenceEqual(usual);
    }

    [Theory]
    [InlineData(typeof(AuthorizeUsageOutput))]
    [InlineData(typeof(CaptureHoldOutput))]
    public void There_is_a_quick_writer(Type answer)
    {
        var writer = typeof(BillingJson).Assembly.GetType("McpBilling.FrequentAnswersJson+Writer`1", throwOnError: true)!.MakeGenericType(answer);
        Assert.NotNull(writer.GetField("Write")!.GetValue(null));
    }
}
