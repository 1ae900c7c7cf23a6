using McpBilling.Money;
using McpBilling.Payments;

namespace McpBilling.Tests.Payments;

/// <summary>
/// What every processor must do, whoever moves the money. A derived class names the processor and what its world can be made to do; what a processor says it
/// cannot is not asked of it, but for the promise that it says so. One file, compiled into each project that has processors.
/// </summary>
public abstract class ProcessorConformance
{
    /// <summary>Ids of orders and refunds, as ours look.</summary>
    protected const string Order = "top_up_01990000-0000-7000-8000-000000000001";
    protected const string OtherOrder = "top_up_01990000-0000-7000-8000-000000000002";
    protected const string RefundId = "refund_01990000-0000-7000-8000-000000000003";

    protected static readonly Instant Now = Instant.From(new DateTimeOffset(2026, 11, 25, 12, 0, 0, TimeSpan.Zero));
    protected static readonly Asset Usd = Currencies.All["usd"];
    protected static readonly Asset Jpy = Currencies.All["jpy"];
    protected static readonly Asset Kwd = Currencies.All["kwd"];

    /// <summary>The processor, in a world in which nothing has happened.</summary>
    protected abstract IPaymentProcessor Processor { get; }

    /// <summary>A webhook as the processor itself would send it, signed at <see cref="Now"/>: the order was paid, without tax.</summary>
    protected abstract ReceivedWebhook PaidWebhook(string topUpId, Amount amount);

    /// <summary>Makes an order paid: its customer pays at the page, as far as there is one.</summary>
    /// <returns>The processor's id of the payment; null: its world cannot be made to do so, and tests that need it are skipped.</returns>
    protected virtual Task<string?> Pay(string topUpId, Amount amount) => Task.FromResult<string?>(null);

    protected static Amount Of(Asset currency, string amount) =>
        Amount.TryFrom(currency, decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture), out var exact) ? exact : throw new ArgumentException(amount);

    protected static PaymentOrder OrderOf(string topUpId, Amount amount, string? processorCustomer = null) =>
        new(topUpId, new PayingCustomer("anna", processorCustomer, "Anna", "anna@example.com"), amount, "1,000 credits", false, new Uri("https://app.example.com/done"));

    [Fact]
    public void Its_name_can_stand_in_an_address() => Assert.Matches("^[a-z][a-z0-9]{0,31}$", Processor.Name);

    [Fact]
    public void What_it_takes_at_least_can_be_paid()
    {
        foreach (var currency in Currencies.All.Values.Where(Processor.Capabilities.Takes))
        {
            var least = Processor.Capabilities.Least(currency);
            Assert.True(least.Units >= 0 && least.Asset == currency, currency.Id);
            Assert.True(least.Units == 0 || Processor.Capabilities.CanPay(least), $"{least} {currency.Id}");
        }
    }

    [Theory]
    [InlineData("usd", "10", true)]
    [InlineData("usd", "10.01", true)]
    [InlineData("usd", "10.001", false)]
    [InlineData("jpy", "1000", true)]
    [InlineData("jpy", "1000.5", false)]
    [InlineData("kwd", "10.01", true)]
    [InlineData("kwd", "10.0001", false)]
    public void It_counts_in_whole_coins(string currency, string amount, bool can)
    {
        if (Processor.Capabilities.Takes(Currencies.All[currency]))
        {
            Assert.Equal(can, Processor.Capabilities.CanPay(Of(Currencies.All[currency], amount)));
        }
    }

    [Fact]
    public async Task The_same_key_opens_the_same_page()
    {
        var order = OrderOf(Order, Of(Usd, "10"), await Customer());
        if (!Processor.Capabilities.HostedPage)
        {
            Assert.False((await Assert.ThrowsAsync<ProcessorException>(async () => await Processor.CreateTopUp(new PaymentKey(Order), order, CancellationToken.None))).IsUnknown);
            return;
        }
        var first = await Processor.CreateTopUp(new PaymentKey(Order), order, CancellationToken.None);
        Assert.Equal(first, await Processor.CreateTopUp(new PaymentKey(Order), order, CancellationToken.None));
        Assert.True(first.Url.IsAbsoluteUri);
        Assert.NotEqual("", first.Reference);
    }

    [Fact]
    public async Task A_customer_is_made_once()
    {
        var key = new PaymentKey("customer-1-anna");
        var anna = new PayingCustomer("anna", null, "Anna", "anna@example.com");
        Assert.Equal(await Processor.EnsureCustomer(key, anna, CancellationToken.None), await Processor.EnsureCustomer(key, anna, CancellationToken.None));
    }

    [Fact]
    public async Task It_says_what_it_cannot_do()
    {
        if (!Processor.Capabilities.OffSession)
        {
            Assert.IsType<PaymentOutcome.Unsupported>(await Processor.Charge(new PaymentKey(Order), OrderOf(Order, Of(Usd, "10")), "card", CancellationToken.None));
        }
        if (!Processor.Capabilities.Refunds)
        {
            Assert.IsType<PaymentOutcome.Unsupported>(await Processor.Refund(new PaymentKey(RefundId), "payment", Of(Usd, "10"), CancellationToken.None));
        }
        Assert.True(Processor.Capabilities.SavedInstruments || !Processor.Capabilities.OffSession);
        Assert.True(Processor.Capabilities.Refunds || !Processor.Capabilities.PartialRefunds);
    }

    [Theory]
    [InlineData("usd", "10")]
    [InlineData("usd", "1234567.89")]
    [InlineData("jpy", "1000")]
    [InlineData("kwd", "10.25")]
    public void A_webhook_tells_our_order_and_the_exact_amount(string currency, string amount)
    {
        var price = Of(Currencies.All[currency], amount);
        if (!Processor.Capabilities.Takes(price.Asset))
        {
            return;
        }
        var webhook = PaidWebhook(Order, price);
        var paid = Assert.Single(Processor.Read(webhook).OfType<PaymentFact.Paid>());
        Assert.Equal((Order, price, Amount.Zero(price.Asset)), (paid.TopUpId, paid.Amount, paid.Tax));
        Assert.NotEqual("", paid.EventId);
        Assert.Equal(Processor.Read(webhook), Processor.Read(webhook));
    }

    [Fact]
    public void A_webhook_that_was_changed_is_refused()
    {
        var webhook = PaidWebhook(Order, Of(Usd, "10"));
        byte[] body = webhook.Body.ToArray();
        for (int i = 0; i < body.Length; i += 7)
        {
            byte[] changed = [.. body];
            changed[i] ^= 1;
            Assert.Throws<WebhookRefusedException>(() => Processor.Read(webhook with { Body = changed }));
        }
        Assert.Throws<WebhookRefusedException>(() => Processor.Read(webhook with { Body = ReadOnlyMemory<byte>.Empty }));
    }

    [Fact]
    public void A_webhook_with_the_signature_of_another_is_refused() =>
        Assert.Throws<WebhookRefusedException>(() => Processor.Read(PaidWebhook(Order, Of(Usd, "10")) with { Headers = PaidWebhook(OtherOrder, Of(Usd, "20")).Headers }));

    [Fact]
    public void A_webhook_that_lacks_a_header_is_refused()
    {
        var webhook = PaidWebhook(Order, Of(Usd, "10"));
        Assert.Throws<WebhookRefusedException>(() => Processor.Read(webhook with { Headers = new Dictionary<string, string>() }));
        foreach (string name in webhook.Headers.Keys.Where(n => n.Contains("signature", StringComparison.Ordinal)))
        {
            Assert.Throws<WebhookRefusedException>(() => Processor.Read(webhook with { Headers = webhook.Headers.Where(h => h.Key != name).ToDictionary() }));
            Assert.Throws<WebhookRefusedException>(() => Processor.Read(webhook with { Headers = webhook.Headers.ToDictionary(h => h.Key, h => h.Key == name ? "v1,AAAA" : h.Value) }));
        }
    }

    [Theory]
    [InlineData(-290, true)]
    [InlineData(0, true)]
    [InlineData(290, true)]
    [InlineData(310, false)]
    [InlineData(86_400, false)]
    public void A_webhook_counts_for_five_minutes(int seconds, bool counts)
    {
        var webhook = PaidWebhook(Order, Of(Usd, "10"));
        var later = webhook with { Now = webhook.Now + TimeSpan.FromSeconds(seconds) };
        if (counts)
        {
            Assert.NotEmpty(Processor.Read(later));
        }
        else
        {
            Assert.Throws<WebhookRefusedException>(() => Processor.Read(later));
        }
    }

    [Fact]
    public async Task An_order_that_was_paid_is_told_when_it_is_looked_at()
    {
        string payment = await Pay(Order, Of(Usd, "10")) ?? throw Skipped();
        if (Processor.Capabilities.HostedPage)
        {
            var paid = Assert.Single((await Processor.Look(payment, CancellationToken.None)).OfType<PaymentFact.Paid>());
            Assert.Equal((Order, Of(Usd, "10"), payment), (paid.TopUpId, paid.Amount, paid.Payment));
        }
    }

    [Fact]
    public async Task A_page_that_was_paid_cannot_be_closed()
    {
        if (Processor.Capabilities.HostedPage && await Pay(Order, Of(Usd, "10")) is not null)
        {
            var page = await Processor.CreateTopUp(new PaymentKey(Order), OrderOf(Order, Of(Usd, "10"), await Customer()), CancellationToken.None);
            Assert.False(await Processor.CloseTopUp(new PaymentKey("close"), page.Reference, CancellationToken.None));
        }
    }

    [Fact]
    public async Task The_same_key_refunds_once_and_parts_never_exceed_the_whole()
    {
        if (!Processor.Capabilities.PartialRefunds)
        {
            return;
        }
        string payment = await Pay(Order, Of(Usd, "10")) ?? throw Skipped();
        var first = await Refund(RefundId, payment, "4");
        Assert.Equal(first, await Refund(RefundId, payment, "4"));
        Assert.NotNull(first);
        Assert.NotEqual(first, await Refund(RefundId + "-2", payment, "6"));
        if (Processor.Capabilities.HostedPage)
        {
            Assert.IsType<PaymentOutcome.Declined>(await Processor.Refund(new PaymentKey(RefundId + "-3"), payment, Of(Usd, "0.01"), CancellationToken.None));
            var told = (await Processor.Look(payment, CancellationToken.None)).OfType<PaymentFact.Refunded>().ToList();
            Assert.Equal([(RefundId, Of(Usd, "4")), (RefundId + "-2", Of(Usd, "6"))], told.Select(f => (f.RefundId!, f.Amount)));
        }
    }

    private async Task<string?> Refund(string id, string payment, string amount) => await Processor.Refund(new PaymentKey(id), payment, Of(Usd, amount), CancellationToken.None) switch
    {
        PaymentOutcome.Succeeded s => s.Reference,
        PaymentOutcome.Pending p => p.Reference,
        _ => null,
    };

    private async Task<string?> Customer() => await Processor.EnsureCustomer(new PaymentKey("customer-1-anna"), new PayingCustomer("anna", null, "Anna", "anna@example.com"), CancellationToken.None);

    private static InvalidOperationException Skipped()
    {
        Assert.Skip("the world of this processor cannot be made to pay");
        return new InvalidOperationException();
    }
}
