using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Payments;
using McpBilling.Payments.Sandbox;
using McpBilling.Storage.Tests.Compliance;
using McpBilling.Storage.Tests.Sqlite;

namespace McpBilling.Storage.Tests.Payments;

/// <summary>
/// Customers who buy, spend, take back and dispute, while webhooks come late, twice, out of order or never, the program dies between any two steps, and the
/// line to the processor breaks before or after a call.
/// </summary>
internal sealed class RandomPayments
{
    private static readonly TestCard[] Cards =
        [TestCard.Success, TestCard.Success, TestCard.Success, TestCard.Decline, TestCard.Authentication, TestCard.Delay, TestCard.Timeout, TestCard.NoRefund];

    private readonly SqliteStore _store;
    private readonly Random _dice;
    private readonly MortalBilling _billing;
    private readonly Desk _desk;
    private readonly List<string> _orders = [];
    private readonly HashSet<string> _pages = [];
    private int _number;

    public RandomPayments(SqliteStore store, int seed)
    {
        (_store, _dice) = (store, new Random(seed));
        Outside = new Outside(() => Instant.From(store.Time.GetUtcNow()));
        Wire();
        _billing = new MortalBilling(() => store.Billing);
        _desk = new Desk(() => _billing, store.Caller(Mode.Test));
    }

    public Outside Outside { get; }

    /// <summary>What was spent, in credits: takes no part in what money there is.</summary>
    public int Spent { get; private set; }

    /// <summary>What was tried, so that a run can say that it tried what it is for.</summary>
    public Dictionary<string, int> Tried { get; } = [];

    public async Task Run(int steps)
    {
        await _desk.Apply(
            """
            {"assets":[{"id":"credits"}],
             "top_ups":{"packs":[{"id":"starter","price":"10","currency":"usd","credit":{"asset":"credits","amount":"1000"},"bonus":{"amount":"100"}},
                                 {"id":"odd","price":"3","currency":"usd","credit":{"asset":"credits","amount":"7"}}],
                        "free_amounts":[{"currency":"jpy","min":"100","max":"100000","asset":"credits","rate":"0.7"}]}}
            """);
        for (int i = 0; i < steps; i++)
        {
            _billing.Left = _dice.Next(3) == 0 ? _dice.Next(0, 9) : null;
            Outside.Line.Next = () => _dice.Next(6) switch { 0 => BrokenLine.Break.Before, 1 => BrokenLine.Break.After, _ => BrokenLine.Break.None };
            await Survive(Step());
            if (_billing.Left is not null)
            {
                _billing.Left = null;
                _store.Reopen();
                Wire();
            }
        }
        await Settle();
    }

    // At last the line holds and the program lives; what is still in the post is lost. Looking must find all of it.
    private async Task Settle()
    {
        Outside.Line.Next = () => BrokenLine.Break.None;
        Outside.Post.Clear();
        for (int i = 0; i < 3; i++)
        {
            await Fulfilment.Reconcile(_store.Billing, _desk.Caller, all: true, 1_000, e => Assert.Fail(e.ToString()), CancellationToken.None);
        }
    }

    private void Wire() => ((BillingStore)_store.Billing).Processors = Outside;

    private async Task Survive(Task step)
    {
        try
        {
            await step;
        }
        catch (MortalBilling.Died)
        {
            Count("died");
        }
        catch (BillingException e)
        {
            Count(e.Code.Name);
        }
        catch (ProcessorException)
        {
            Count("line broke");
        }
    }

    private Task Step() => _dice.Next(14) switch
    {
        0 or 1 => Order(),
        2 or 3 or 4 => AtTheDesk("pay", (d, p) => d.Pay(p.Id, Cards[_dice.Next(Cards.Length)], false, CancellationToken.None)),
        5 => AtTheDesk("confirm", (d, p) => _dice.Next(3) == 0 ? d.Fail(p.Id, CancellationToken.None) : d.Confirm(p.Id, CancellationToken.None)),
        6 => Refund(),
        7 => AtTheDesk("outside", (d, p) => d.Refund(p.Id, "outside_" + ++_number, null, Part(p), CancellationToken.None)),
        8 => AtTheDesk("dispute", (d, p) => d.Dispute(p.Id, _dice.Next(2) == 0 ? p.Left : Part(p), CancellationToken.None)),
        9 => AtTheDesk("bank", (d, p) => _dice.Next(3) switch
        {
            0 => d.Withdraw(p.Id, CancellationToken.None),
            1 => d.Reinstate(p.Id, CancellationToken.None),
            _ => d.Close(p.Id, CancellationToken.None),
        }),
        10 => Spend(),
        11 => Look(),
        _ => Deliver(),
    };

    private async Task Order()
    {
        Count("order");
        string key = "order-" + (_dice.Next(4) == 0 && _number > 0 ? _dice.Next(1, _number + 1) : ++_number);
        object input = _dice.Next(3) switch
        {
            0 => new { customer_id = Customer(), pack = "odd", idempotency_key = key },
            1 => new { customer_id = Customer(), amount = "1234", currency = "jpy", idempotency_key = key },
            _ => (object)new { customer_id = Customer(), pack = "starter", idempotency_key = key },
        };
        // Whoever gets no answer asks again with the same key, if only sometimes.
        try
        {
            Note(await _desk.Do("create_top_up", input));
        }
        catch (BillingException e) when (e.Code == ErrorCode.ProcessorUnavailable && _dice.Next(2) == 0)
        {
            Note(await _desk.Do("create_top_up", input));
        }
    }

    private void Note(System.Text.Json.JsonElement order)
    {
        _orders.Add(order.GetProperty("id").GetString()!);
        // An order that was closed before it is asked for again has no page any more.
        if (order.TryGetProperty("url", out var page))
        {
            _pages.Add(page.GetString()!.Split('/')[^1]);
        }
    }

    private async Task AtTheDesk(string what, Func<SandboxDesk, SandboxPayment, ValueTask<SandboxPayment>> act)
    {
        if (_pages.Count > 0 && await Outside.Sandbox.Desk.Find(_pages.ElementAt(_dice.Next(_pages.Count)), CancellationToken.None) is { } payment
            && await act(Outside.Sandbox.Desk, payment) != payment)
        {
            Count(what);
        }
    }

    private async Task Refund()
    {
        if (_orders.Count > 0)
        {
            string id = _orders[_dice.Next(_orders.Count)];
            object input = new { top_up_id = id, amount = _dice.Next(2) == 0 ? null : "1", force = _dice.Next(3) == 0, idempotency_key = "refund-" + ++_number };
            await _desk.Do("refund_payment", input);
            Count("refund");
            await _desk.Do("refund_payment", input);
        }
        if (_orders.Count > 0 && _dice.Next(4) == 0)
        {
            await _desk.Do("cancel_top_up", new { top_up_id = _orders[_dice.Next(_orders.Count)] });
            Count("cancel");
        }
    }

    private async Task Spend()
    {
        string customer = Customer();
        int amount = _dice.Next(1, 400);
        _billing.Left = null;
        await _desk.Do("adjust_balance", new { customer_id = customer, asset = "credits", amount = "-" + amount, reason = "spent", on_insufficient = "debt", idempotency_key = "spent-" + ++_number });
        Spent += amount;
        Count("spend");
    }

    private async Task Look()
    {
        Count("look");
        await Fulfilment.Reconcile(_billing, _desk.Caller, all: true, 100, _ => Count("line broke"), CancellationToken.None);
    }

    private async Task Deliver()
    {
        if (Outside.Post.Count == 0)
        {
            return;
        }
        int index = _dice.Next(Outside.Post.Count);
        var webhook = Outside.Post[index];
        int fate = _dice.Next(10);
        if (fate != 0)
        {
            // Delivered again as long as it is not answered, and sometimes all the same.
            if (await Fulfilment.Receive(_billing, _desk.Caller, Outside.Line, webhook, CancellationToken.None) is { } stored)
            {
                Count("webhook");
                await Fulfilment.Book(_billing, _desk.Caller, stored, CancellationToken.None);
            }
        }
        if (fate != 1)
        {
            Outside.Post.RemoveAt(index);
        }
    }

    private decimal Part(SandboxPayment payment) => payment.Left == 0 ? 0 : payment.Currency == "jpy" ? _dice.Next(1, (int)payment.Left + 1) : _dice.Next(1, (int)(payment.Left * 100) + 1) / 100m;

    private string Customer() => _dice.Next(2) == 0 ? "anna" : "bert";

    private void Count(string what) => Tried[what] = Tried.GetValueOrDefault(what) + 1;
}
