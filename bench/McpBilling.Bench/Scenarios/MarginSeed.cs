using System.Collections.Immutable;
using System.Globalization;
using McpBilling.Costs;
using McpBilling.Customers;
using McpBilling.Money;
using McpBilling.Storage;
using Microsoft.Data.Sqlite;

namespace McpBilling.Bench.Scenarios;

/// <summary>
/// Puts a month of cost events into a file that no server has open, with the sums that the product's own code makes of them: what is measured are the reports, and
/// a million events over REST would take longer than all of them together.
/// </summary>
internal static class MarginSeed
{
    public const int Customers = 10_000, Days = 30, CallsPerSession = 20;
    public static readonly DateTimeOffset Start = new(2026, 10, 1, 0, 0, 0, TimeSpan.Zero);

    private const int WorkspaceKey = 1;
    private static readonly string[] Features = ["chat", "search", "summary", "images", "agents"];
    private static readonly (string Provider, string Model)[] Models = [("openai", "gpt-4o"), ("openai", "gpt-4o-mini"), ("anthropic", "claude-sonnet-4-5"), ("google", "gemini-2.5-flash"), ("mistral", "mistral-large-latest")];

    public static void Fill(string path, int events)
    {
        using var connection = DataFile.Locate(path, _ => null).OpenWriter();
        // Few customers make most calls: the tail that the shared check of roll-ups has.
        var random = new Random(1);
        var days = new DaySums();
        var sums = new CostSums(days.Add);
        int[] sessions = new int[Customers + 1];
        Run(connection, "BEGIN");
        using (var insert = Command(connection, "INSERT INTO customer (workspace_id, customer_id, id, frozen, created_at, last_event_seq, event_count) VALUES (1, $0, $1, 0, 0, 0, 0)", 2))
        {
            for (int c = 1; c <= Customers; c++)
            {
                Add(insert, c + 1_000_000, IdOf(c));
            }
        }
        using (var insert = Command(
            connection,
            """
            INSERT INTO cost_event (workspace_id, seq, customer_id, id, input_hash, at, requested_at, day, provider, api, model, attempt, outcome, policy, end_user, session, feature, status, lines, cost_whole, cost_part)
            VALUES (1, $0, $1, $2, 0, $3, $3, $4, $5, 'openai.chat', $6, 1, 0, 0, $7, $8, $9, 0, $10, $11, $12)
            """, 13))
        {
            for (int i = 0; i < events; i++)
            {
                int customer = (int)Math.Min(Math.Pow(1 - random.NextDouble(), -1 / 0.6), Customers);
                // A session is some twenty calls, one in twenty of which begins the next.
                sessions[customer] += random.Next(CallsPerSession) == 0 ? 1 : 0;
                var e = Event(i, events, sessions[customer], random);
                sums.Add(e, IdOf(customer), null);
                var (whole, part) = CostMoney.Split(e.Cost.Amount!.Value);
                string lines = string.Join(',', e.Cost.Lines.Select(l => string.Create(CultureInfo.InvariantCulture, $$"""{"kind":"{{l.Kind}}","quantity":"{{l.Quantity}}","rate":"{{l.Rate}}","per":"{{l.Per}}","amount":"{{l.Amount}}","row":"{{l.RowId}}"}""")));
                Add(insert, 2_000_000 + i, customer + 1_000_000, e.Id, e.RequestedAt.Microseconds, e.Day, e.Provider, e.Model, e.Subject!.EndUser!, e.Subject.Session!, e.Feature!, $"[{lines}]", whole, part);
            }
        }
        using (var insert = Command(connection, "INSERT INTO cost_day (workspace_id, dimension, day, key, events, unpriced, incomplete, no_usage, cost_whole, cost_part, charges, revenue_whole, revenue_part) VALUES (1, $0, $1, $2, $3, 0, 0, 0, $4, $5, 0, 0, 0)", 6))
        {
            foreach (var (key, sum) in days.All.OrderBy(d => d.Key.Dimension).ThenBy(d => d.Key.Day).ThenBy(d => d.Key.Key, StringComparer.Ordinal))
            {
                var (whole, part) = CostMoney.Split(sum.Cost);
                Add(insert, (long)key.Dimension, key.Day, key.Key, sum.Events, whole, part);
            }
        }
        using (var insert = Command(connection, "INSERT INTO cost_line_hour (workspace_id, hour, provider, model, kind, batch, events, quantity_whole, quantity_part, cost_whole, cost_part) VALUES (1, $0, $1, $2, $3, 0, $4, $5, 0, $6, $7)", 8))
        {
            foreach (var (key, sum) in sums.Hours)
            {
                var (whole, part) = CostMoney.Split(sum.Cost);
                Add(insert, key.Hour, key.Provider, key.Model, key.Kind, sum.Events, (long)sum.Quantity, whole, part);
            }
        }
        Run(connection, "COMMIT");
        Run(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
    }

    private static string IdOf(int customer) => $"customer-{customer:00000}";

    private static CostEvent Event(int i, int events, int session, Random random)
    {
        var (provider, model) = Models[Math.Min((int)(random.NextDouble() * random.NextDouble() * Models.Length), Models.Length - 1)];
        var at = Instant.From(Start + TimeSpan.FromTicks(TimeSpan.TicksPerDay * Days / events * i));
        var reading = new UsageReading
        {
            Uses = [new MeteredUse(CostKinds.Input, random.Next(100, 20_000)), new MeteredUse(CostKinds.Output, random.Next(10, 2_000))],
            Context = PriceContext.None,
        };
        var cost = PriceBook.Shipped.Price(provider, model, at, reading);
        return new CostEvent
        {
            Id = $"e{i}",
            Provider = provider,
            Model = model,
            RequestedAt = at,
            Subject = new Subject { EndUser = $"user-{random.Next(5)}", Session = $"s{session}" },
            Feature = Features[random.Next(Features.Length)],
            Cost = cost.Amount is null ? throw new InvalidOperationException($"{provider}/{model}: {cost.Reason}") : cost,
        };
    }

    private static SqliteCommand Command(SqliteConnection connection, string sql, int parameters)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // Every caller passes a constant.
        command.CommandText = sql;
#pragma warning restore CA2100
        for (int i = 0; i < parameters; i++)
        {
            command.Parameters.Add(new SqliteParameter("$" + i.ToString(CultureInfo.InvariantCulture), null));
        }
        command.Prepare();
        return command;
    }

    private static void Add(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i];
        }
        command.ExecuteNonQuery();
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using var command = Command(connection, sql, 0);
        command.ExecuteNonQuery();
    }
}
