using System.Text.Json;
using McpBilling.Money;
using McpBilling.Wallets;

namespace McpBilling.Storage.Writing;

/// <summary>
/// What a transaction left of that which writers keep in memory: new keys, workspaces' counters, and customers as far as they have changed. Another replica that had what was before
/// has what is after it, and reads nothing (docs/decisions/0035).
/// </summary>
/// <param name="Workspaces">Each that the transaction was on.</param>
internal sealed record StateAfter(IReadOnlyList<WorkspaceAfter> Workspaces)
{
    // Of what is written. Whoever changes what writers keep raises it: replicas of before then read, as they do when there is no text.
    private const int Version = 1;

    /// <summary>Writes it as JSON: lists without names, as there are hundreds a second.</summary>
    public static void Write(Utf8JsonWriter json, StateAfter state)
    {
        json.WriteStartArray();
        json.WriteNumberValue(Version);
        foreach (var workspace in state.Workspaces)
        {
            workspace.Write(json);
        }
        json.WriteEndArray();
    }

    /// <summary>Null: written by another version, or damaged.</summary>
    public static StateAfter? Read(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var root = document.RootElement;
            return root[0].GetInt32() == Version ? new([.. root.EnumerateArray().Skip(1).Select(WorkspaceAfter.Read)]) : null;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or OverflowException or IndexOutOfRangeException)
        {
            return null;
        }
    }

    /// <summary>Brings a memory that is as it was before the transaction to what is after it.</summary>
    /// <param name="changed">What the transaction changed: customers that are not told are to be read again.</param>
    public void ApplyTo(WriterMemory memory, ChangedRows changed)
    {
        foreach (var after in Workspaces)
        {
            memory.Workspaces.TryGetValue(after.Key, out var workspace);
            // Before they are forgotten.
            var customers = workspace is null ? [] : after.Customers.Select(c => c.After(memory.Customers.Get(after.Key, c.Key), workspace)).OfType<CustomerRecord>().ToList();
            memory.Forget(after.Key, changed.Workspaces.GetValueOrDefault(after.Key) ?? []);
            foreach (var customer in customers)
            {
                memory.Customers.Put(after.Key, customer);
            }
            foreach (var key in after.Keys)
            {
                memory.Keys.Add(memory.Keys.Hash(after.Key, key.Customer, (int)key.Kind, key.Key), key.Row);
            }
            memory.Indexed[after.Key] = after.Counters.Operation;
            if (workspace is not null)
            {
                after.Counters.SetIn(workspace);
            }
        }
    }
}

/// <summary>A key that was used in a transaction.</summary>
/// <param name="Row">Where it is kept.</param>
internal readonly record struct NewKey(long Customer, CommandKind Kind, string Key, long Row);

/// <summary>The counters of a workspace, which are as <see cref="WorkspaceRecord"/> has them.</summary>
internal readonly record struct WorkspaceCounters(
    long Operation, long Entry, long Grant, long Customer, long Message, long Delivery, long Posting, long FoldedPostings, long Latest)
{
    public static WorkspaceCounters Of(WorkspaceRecord w) =>
        new(w.LastOperation, w.LastEntry, w.LastGrant, w.LastCustomer, w.LastMessage, w.LastDelivery, w.LastPosting, w.FoldedPostings, w.Latest.Microseconds);

    public void SetIn(WorkspaceRecord w) =>
        (w.LastOperation, w.LastEntry, w.LastGrant, w.LastCustomer, w.LastMessage, w.LastDelivery, w.LastPosting, w.FoldedPostings, w.Latest) =
        (Operation, Entry, Grant, Customer, Message, Delivery, Posting, FoldedPostings, new Instant(Latest));
}

/// <summary>A workspace after a transaction.</summary>
/// <param name="Customers">Those that changed and can be told. A new one is not: nobody knows it yet.</param>
internal sealed record WorkspaceAfter(long Key, WorkspaceCounters Counters, IReadOnlyList<NewKey> Keys, IReadOnlyList<CustomerAfter> Customers)
{
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartArray();
        json.WriteNumberValue(Key);
        var c = Counters;
        json.WriteStartArray();
        foreach (long counter in (ReadOnlySpan<long>)[c.Operation, c.Entry, c.Grant, c.Customer, c.Message, c.Delivery, c.Posting, c.FoldedPostings, c.Latest])
        {
            json.WriteNumberValue(counter);
        }
        json.WriteEndArray();
        json.WriteStartArray();
        foreach (var key in Keys)
        {
            json.WriteStartArray();
            json.WriteNumberValue(key.Customer);
            json.WriteNumberValue((int)key.Kind);
            json.WriteStringValue(key.Key);
            json.WriteNumberValue(key.Row);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteStartArray();
        foreach (var customer in Customers)
        {
            customer.Write(json);
        }
        json.WriteEndArray();
        json.WriteEndArray();
    }

    public static WorkspaceAfter Read(JsonElement list)
    {
        long[] n = [.. list[1].EnumerateArray().Select(v => v.GetInt64())];
        return new(
            list[0].GetInt64(), new(n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8]),
            [.. list[2].EnumerateArray().Select(k => new NewKey(k[0].GetInt64(), (CommandKind)k[1].GetInt32(), k[2].GetString()!, k[3].GetInt64()))],
            [.. list[3].EnumerateArray().Select(CustomerAfter.Read)]);
    }
}
