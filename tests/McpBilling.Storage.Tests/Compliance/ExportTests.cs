using System.Text.Json;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Payments.Exporting;

namespace McpBilling.Storage.Tests.Compliance;

/// <summary>Recorded usage on its way to a biller: from the watermark on, whole, once, whatever is closed and opened in between.</summary>
public abstract class ExportTests(StoreUnderTest store) : ComplianceTests(store)
{
    private readonly Biller _biller = new();

    [Fact]
    public async Task What_is_recorded_after_the_beginning_is_told_once()
    {
        await Desk.Apply(Shop.Catalog);
        await Customer("anna", "cus_1");
        await Desk.Record("anna", "image", "before", "9");
        Assert.Equal(0, await Run());
        await Desk.Record("anna", "image", "e1", "2");
        await Desk.Record("anna", "call", "e2");
        await Desk.Record("anna", "login", "e3", properties: new { user = "x" });
        Assert.Equal(2, await Run());
        Assert.Equal(0, await Run());
        Assert.Equal([("cus_1", "api_calls", 1m), ("cus_1", "api_images", 2m)], _biller.Totals);
        Assert.Equal("recorded under its own time", _biller.Messages.All(m => m.At == Instant.From(Store.Time.GetUtcNow())) ? "recorded under its own time" : "");
        await MustVerify();
    }

    [Fact]
    public async Task Customers_may_use_the_same_event_ids()
    {
        await Begin();
        await Desk.Record("anna", "image", "e1", "2");
        await Customer("bob", "cus_2");
        await Desk.Record("bob", "image", "e1", "3");
        await Run();
        Assert.Equal([("cus_1", "api_images", 2m), ("cus_2", "api_images", 3m)], _biller.Totals);
        Assert.Equal(2, _biller.Messages.Select(m => m.Identifier).Distinct().Count());
    }

    [Fact]
    public async Task A_stop_before_or_after_sending_tells_the_same_again()
    {
        await Begin();
        await Desk.Record("anna", "image", "e1", "2");
        var taken = await Take();
        Store.Reopen();
        // On its way: nobody else takes it before its time is over.
        Assert.Empty((await Take()).Begun);
        Store.Time.Advance(TimeSpan.FromMinutes(6));
        var again = await Take();
        Assert.Equal(Assert.Single(taken.Begun).Message, Assert.Single(again.Begun).Message);
        await Finish(again, ExportAnswer.Taken);
        // The first one's answer comes late and changes nothing.
        Assert.Equal(0, (await Finish(taken, ExportAnswer.Taken)).Kept);
        Store.Time.Advance(TimeSpan.FromHours(1));
        Store.Reopen();
        Assert.Empty((await Take()).Begun);
    }

    [Fact]
    public async Task Two_programs_on_one_file_do_not_tell_it_twice()
    {
        await Begin();
        for (int i = 0; i < 20; i++)
        {
            await Desk.Record("anna", "image", $"e{i}", "1");
        }
        var other = Store.OpenAnother();
        var both = await Task.WhenAll(Take(Store.Billing), Take(other), Take(Store.Billing), Take(other));
        Assert.Equal(20, both.SelectMany(t => t.Begun).Select(b => b.Message.Identifier).Distinct().Count());
        Assert.Equal(20, both.Sum(t => t.Begun.Count));
    }

    [Fact]
    public async Task Reversals_are_told_too()
    {
        await Begin();
        await Desk.Record("anna", "image", "whole", "7");
        await Desk.Record("anna", "image", "part", "7");
        await Desk.Record("anna", "image", "late", "4");
        await Run();
        await Reverse("whole");
        await Reverse("part", "3");
        await Run();
        Assert.Equal([null, -3m], _biller.Messages.Skip(3).Select(m => m.Value).Order());
        Assert.Equal([("cus_1", "api_images", 8m)], _biller.Totals);
        Store.Time.Advance(TimeSpan.FromDays(3));
        await Reverse("late");
        await Reverse("part");
        await Run();
        Assert.Equal([("cus_1", "api_images", 0m)], _biller.Totals);
        Assert.Equal([-4m, -4m], _biller.Messages.Skip(_biller.Messages.Count - 2).Select(m => m.Value));
        await MustVerify();
    }

    [Fact]
    public async Task What_is_reversed_before_it_is_told_is_not_told()
    {
        await Begin();
        await Desk.Record("anna", "image", "e1", "7");
        await Reverse("e1", "2");
        await Desk.Record("anna", "image", "e2", "7");
        await Reverse("e2");
        await Run();
        Assert.Equal([("cus_1", "api_images", 5m)], _biller.Totals);
        Assert.Equal(5m, Assert.Single(_biller.Messages).Value);
    }

    [Fact]
    public async Task A_customer_that_the_biller_gets_later_is_told_of_then()
    {
        await Begin();
        await Desk.Record("carl", "image", "e1", "2");
        Assert.Equal(0, await Run());
        await Customer("carl", "cus_3");
        Store.Time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(1, await Run());
        Assert.Equal([("cus_3", "api_images", 2m)], _biller.Totals);
    }

    [Fact]
    public async Task Each_workspace_has_its_own_watermark()
    {
        await Begin();
        await Desk.Record("anna", "image", "e1", "2");
        Assert.Empty((await Store.Billing.Commit(Command(), Store.AnotherWorkspace(), default)).Begun);
        Assert.Single((await Take()).Begun);
    }

    [Fact]
    public async Task A_long_backlog_goes_in_parts_and_none_is_left_out()
    {
        await Begin();
        for (int i = 0; i < 2 * TakeExport.MostMessages + 50; i++)
        {
            await Desk.Record("anna", "call", $"e{i}");
        }
        var first = await Take();
        Assert.Equal((TakeExport.MostMessages, true), (first.Begun.Count, first.IsBehind));
        await Send(first);
        await Run();
        Assert.Equal([("cus_1", "api_calls", 2m * TakeExport.MostMessages + 50)], _biller.Totals);
    }

    [Fact]
    public async Task What_is_done_is_forgotten_when_it_can_be_corrected_no_more()
    {
        await Begin();
        await Desk.Record("anna", "image", "e1", "2");
        await Run();
        Assert.Equal(1, Store.Number("SELECT COUNT(*) FROM usage_export_item"));
        Store.Time.Advance(TimeSpan.FromDays(37));
        await Run();
        Assert.Equal(0, Store.Number("SELECT COUNT(*) FROM usage_export_item"));
        await Reverse("e1");
        await Run();
        Assert.Equal([("cus_1", "api_images", 2m)], _biller.Totals);
    }

    private async Task Begin()
    {
        await Desk.Apply(Shop.Catalog);
        await Customer("anna", "cus_1");
        await Run();
    }

    private Task<JsonElement> Customer(string id, string known) => Desk.Do("save_customer", new { id, metadata = new { stripe_customer_id = known } });

    private Task<JsonElement> Reverse(string id, string? quantity = null) =>
        Desk.Do("reverse_usage", new { event_id = id, customer_id = "anna", quantity, idempotency_key = $"{id} {quantity} {Store.Time.GetUtcNow()}" });

    private TakeExport Command() =>
        new(_biller, [new ExportRoute("images", "api_images", 1), new ExportRoute("calls", "api_calls", 1), new ExportRoute("users", "peaks_do_not_add_up", 1)], Instant.From(Store.Time.GetUtcNow()));

    private Task<TakenExport> Take(IBilling? billing = null) => (billing ?? Store.Billing).Commit(Command(), Desk.Caller, default).AsTask();

    private Task<FinishedExport> Finish(TakenExport taken, ExportAnswer answer) =>
        Store.Billing.Commit(new FinishExport(_biller.Name, [.. taken.Begun.Select(b => (b.Item, answer))], Instant.From(Store.Time.GetUtcNow())), Desk.Caller, default).AsTask();

    private async Task<int> Send(TakenExport taken)
    {
        var answers = new List<(ExportItem, ExportAnswer)>();
        foreach (var begun in taken.Begun)
        {
            answers.Add((begun.Item, await _biller.Send(begun.Message, default)));
        }
        return answers.Count == 0 ? 0 : (await Store.Billing.Commit(new FinishExport(_biller.Name, answers, Instant.From(Store.Time.GetUtcNow())), Desk.Caller, default)).Kept;
    }

    private async Task<int> Run()
    {
        for (int kept = 0; ;)
        {
            var taken = await Take();
            kept += await Send(taken);
            if (!taken.IsBehind)
            {
                return kept;
            }
        }
    }

    private sealed class Biller : IUsageExport
    {
        private readonly HashSet<string> _back = [];

        public List<ExportMessage> Messages { get; } = [];

        public string Name => "stripe";

        public ExportRules Rules { get; } = new(TimeSpan.FromDays(35), TimeSpan.FromMinutes(5), TimeSpan.FromHours(24), TimeSpan.FromHours(24), WholeOnly: true, MaxDigits: 15);

        public IEnumerable<(string, string, decimal)> Totals =>
            Messages.Where(m => m.Value is not null).GroupBy(m => (m.Customer, m.EventName)).OrderBy(g => g.Key)
                .Select(g => (g.Key.Customer, g.Key.EventName, g.DistinctBy(m => m.Identifier).Where(m => !_back.Contains(m.Identifier)).Sum(m => m.Value!.Value)));

        public ValueTask<ExportAnswer> Send(ExportMessage message, CancellationToken cancellation)
        {
            Messages.Add(message);
            if (message.Value is null)
            {
                _back.Add(message.Identifier);
            }
            return new(ExportAnswer.Taken);
        }
    }
}
