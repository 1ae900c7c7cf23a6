using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Payments.Exporting;

namespace McpBilling.Storage.Writing;

/// <summary>The commands of an export, decided on what the batch has written so far.</summary>
internal sealed class BatchExports(Batch batch, WriterSession session)
{
    public TakenExport Run(TakeExport command, Caller caller)
    {
        var workspace = batch.Workspace(caller.WorkspaceKey);
        var connection = session.Connection;
        batch.IsBroken = true;
        long last = workspace.LastOperation;
        long? watermark = ExportRows.Watermark(connection, workspace.Key, command.Name);
        long from = watermark ?? last;
        long upTo = Math.Min(last, from + TakeExport.MostRows);
        Collect(command, workspace, from, upTo);
        if (upTo != from || watermark is null)
        {
            ExportRows.SetWatermark(connection, workspace.Key, command.Name, upTo, command.Now);
        }
        ExportRows.RemoveDone(connection, workspace.Key, command.Name, command.Now - command.Rules.MaxAge - TimeSpan.FromDays(1));
        var open = ExportRows.Open(connection, workspace.Key, command.Name, command.Now, TakeExport.MostMessages);
        var begun = new List<BegunExport>();
        var accounts = ExportRows.Accounts(connection, workspace.Key, command.Name, open.Select(o => o.CustomerKey));
        var customers = batch.Customers.Of(workspace, open.Select(o => o.CustomerKey));
        foreach (var (item, customerKey) in open)
        {
            // Whom the builder named there; else whom we made there to take payments from.
            string? known = ExportSource.CustomerIn(customers[customerKey].Metadata) ?? accounts.GetValueOrDefault(customerKey);
            var (next, message) = item.Take(known, command.Rules, command.Now);
            ExportRows.Put(connection, workspace.Key, command.Name, customerKey, next);
            if (message is not null)
            {
                begun.Add(new BegunExport(next, message));
            }
        }
        batch.IsBroken = false;
        return new TakenExport(begun, upTo, upTo < last || open.Count == TakeExport.MostMessages);
    }

    public FinishedExport Run(FinishExport command, Caller caller)
    {
        var workspace = batch.Workspace(caller.WorkspaceKey);
        int kept = 0;
        batch.IsBroken = true;
        var events = session.Reader.Events(workspace.Key, command.Answers.Select(a => a.Item.EventKey)).Found;
        var found = ExportRows.Find(session.Connection, workspace.Key, command.Name, [.. command.Answers.Select(a => (a.Item.EventKey, a.Item.EventName))]);
        foreach (var ((item, answer), stored) in command.Answers.Zip(found))
        {
            // Somebody else may have taken it on when its time was over; a reversal may have changed what is due meanwhile, and that stays.
            if (stored is not null && stored.Begun == item.Begun && stored.NextAt == item.NextAt
                && events.TryGetValue(item.EventKey, out var e))
            {
                ExportRows.Put(session.Connection, workspace.Key, command.Name, e.CustomerKey, (stored with { MayHaveCounted = item.MayHaveCounted }).After(answer, command.Now));
                kept++;
            }
        }
        batch.IsBroken = false;
        return new FinishedExport(kept);
    }

    private void Collect(TakeExport command, WorkspaceRecord workspace, long from, long upTo)
    {
        if (upTo == from)
        {
            return;
        }
        var events = ExportRows.Events(session.Connection, workspace.Key, from, upTo);
        var customers = batch.Customers.Of(workspace, events.Select(e => e.CustomerKey));
        foreach (var (stored, customerKey, _) in events)
        {
            foreach (var route in command.Routes)
            {
                if (route.Measure(workspace.Catalog, stored.Event) is { } due)
                {
                    var item = new ExportItem(stored.Key, stored.Event.Id, customers[customerKey].Id, route.EventName, stored.Event.Timestamp, due) { NextAt = command.Now };
                    ExportRows.Put(session.Connection, workspace.Key, command.Name, customerKey, item);
                }
            }
        }
        // After the events: one may have been recorded and taken back in between.
        foreach (var (customerKey, answer) in ExportRows.Reversals(session.Connection, workspace.Key, from, upTo))
        {
            Reverse(command, workspace, customerKey, answer);
        }
    }

    private void Reverse(TakeExport command, WorkspaceRecord workspace, long customerKey, Usage.ReverseUsageOutput answer)
    {
        if (batch.FindEvent(workspace, customerKey, answer.EventId) is not { } stored)
        {
            return;
        }
        decimal left = decimal.Parse(answer.QuantityLeft, System.Globalization.CultureInfo.InvariantCulture);
        foreach (var route in command.Routes)
        {
            // What was never exported needs no correction.
            if (ExportRows.Find(session.Connection, workspace.Key, command.Name, stored.Key, route.EventName) is { } item && route.Measure(workspace.Catalog, stored.Event) is { } measured)
            {
                ExportRows.Put(session.Connection, workspace.Key, command.Name, customerKey, item.With(ExportSource.Left(measured, stored, left, workspace.Catalog)));
            }
        }
    }
}
