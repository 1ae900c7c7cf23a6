using System.Globalization;
using System.Text.Json;
using McpBilling.Catalog;
using McpBilling.Insights.Margins;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Storage;
using McpBilling.Storage.Verifying;
using McpBilling.Storage.Writing;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Simulator;

/// <summary>
/// The SQLite engine under many customers at once, through its public operations, beside <see cref="NaiveCustomer"/>s: rounds of commands that are sent together
/// so that batches form, each customer's in an order; between them time passes and prices change; now and then the engine crashes, the disk fails,
/// or another engine writes to the same file.
/// </summary>
internal sealed class EngineSimulation : IDisposable
{
    private const int Customers = 48;
    private const int CommandsOfALife = 400;
    private const int WholeWalletsEvery = 5;

    private readonly ulong _seed;
    private readonly Dice _dice;
    private readonly string _folder = Directory.CreateTempSubdirectory("mcp-billing-sim-").FullName;
    private readonly Clock _time = new() { Now = WalletScript.Start.ToDateTimeOffset() };
    private readonly NaiveCatalog _catalog = new();
    private readonly List<EngineActor> _actors = [];
    private readonly List<EngineActor> _retired = [];
    private readonly Database _file;
    private readonly Caller _caller;
    private readonly EngineCommandMaker _maker;
    private readonly bool _onTestClock;
    private readonly List<string> _log = [];
    private WriterFaults _faults = new() { ChecksMemory = true };
    private BillingStore _first, _second;
    private Instant _now = WalletScript.Start;
    private int _customers, _commands, _round;

    // What answers a long run must have met, or it has not tried what it is for.
    private static readonly string[] Answers =
        ["ok", "denied CustomerFrozen", "denied InsufficientBalance", "no customer_frozen", "no grant_insufficient", "no hold_already_captured", "no hold_already_voided",
            "no hold_expired", "no idempotency_conflict", "no insufficient_balance", "no invalid_event", "no invalid_request", "no reversal_too_large"];

    private readonly HashSet<string> _met = [];

    private EngineSimulation(ulong seed, Func<string, Database> open)
    {
        (_seed, _dice) = (seed, new Dice(seed));
        _file = open(_folder);
        Migrator.Prepare(_file, _time);
        using (var keys = new ApiKeys(_file, _time))
        {
            _caller = keys.OwnerCaller(Mode.Test);
        }
        _maker = new EngineCommandMaker(_caller);
        _onTestClock = seed % 2 == 0;
        (_first, _second) = (Open(_faults), Open(new WriterFaults { RememberedCustomers = 7, ChecksMemory = true }));
    }

    /// <summary>Runs until so many commands were sent; throws <see cref="Disagreement"/>.</summary>
    /// <param name="open">Makes a database of its own; may use the folder, which is deleted afterwards.</param>
    public static async Task Run(ulong seed, int commands, Func<string, Database> open)
    {
        using var simulation = new EngineSimulation(seed, open);
        await simulation.Run(commands);
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
        (_file as IDisposable)?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private BillingStore Open(WriterFaults faults) => new(_file, _time, message => { lock (_log) { _log.Add(message); } }, faults);

    private async Task Run(int commands)
    {
        if (_onTestClock)
        {
            await new AdvanceTestClock().Run(new() { Now = _now }, _caller, _first, CancellationToken.None);
        }
        await ApplyCatalog();
        while (_commands < commands)
        {
            _round++;
            await PassTime();
            if (_dice.OneIn(20))
            {
                _log.Add(_catalog.Change(_dice, _now));
                await ApplyCatalog();
            }
            Renew();
            // Sums are added by one, by both, or by nobody, whatever becomes of those who do it.
            var folding = Task.WhenAll(((BillingStore[])[_first, _second]).Where(_ => _dice.OneIn(4)).Select(Fold).ToList());
            await (_dice.Below(24) switch
            {
                0 => Crash(committed: false),
                1 => Crash(committed: true),
                2 => FailingWrite(),
                3 or 4 => Round([_first, _second]),
                < 10 => Round([_second]),
                _ => Round([_first]),
            });
            await folding;
            if (_round % WholeWalletsEvery == 0)
            {
                await CompareWallets(_actors, _dice.Of(_first, _second));
            }
            if (_round % 150 == 0)
            {
                await Verify();
            }
        }
        await Verify();
        await CompareWallets(_actors.Concat(_retired), _first);
        _first.Dispose();
        _first = Open(new WriterFaults { ChecksMemory = true });
        await CompareWallets(_actors.Concat(_retired), _first);
        var missing = Answers.Where(a => !_met.Any(m => m.StartsWith(a, StringComparison.Ordinal))).ToList();
        Assert.True(commands < 20_000 || missing.Count == 0, $"seed {_seed} never met: {string.Join(", ", missing)}");
    }

    // ---- the world between two rounds -------------------------------------------------------------------------------

    private async Task PassTime()
    {
        _now += _dice.Below(40) switch
        {
            < 15 => TimeSpan.Zero,
            < 25 => TimeSpan.FromMicroseconds(_dice.Between(1, 5_000_000)),
            < 36 => TimeSpan.FromSeconds(_dice.Between(1, 4000)),
            < 39 => TimeSpan.FromHours(_dice.Between(1, 40)),
            _ => TimeSpan.FromDays(_dice.Between(1, 12)),
        };
        if (_onTestClock)
        {
            await new AdvanceTestClock().Run(new() { Now = _now }, _caller, _dice.Of(_first, _second), CancellationToken.None);
            return;
        }
        _time.Now = _now.ToDateTimeOffset();
        if (_dice.OneIn(6))
        {
            await _dice.Of(_first, _second).BringUp(_caller, 1 + _dice.Below(20));
        }
    }

    private async Task ApplyCatalog() => await new ApplyCatalog().Run(
        new ApplyCatalogInput { Document = JsonSerializer.SerializeToElement(_catalog.Document) }, _caller, _dice.Of(_first, _second), CancellationToken.None);

    private void Renew()
    {
        foreach (var old in _actors.Where(a => a.Age > CommandsOfALife).ToList())
        {
            _actors.Remove(old);
            _retired.Add(old);
        }
        while (_actors.Count < Customers)
        {
            // The first lives are of different length, so that not all end at once.
            _actors.Add(new EngineActor($"c{++_customers}", _catalog) { Age = _customers <= Customers ? _customers * 8 : 0 });
        }
    }

    // ---- rounds -----------------------------------------------------------------------------------------------------

    private sealed record Sent(EngineActor Actor, EngineStep Step, IBilling To);

    private List<Sent> Make(int most, BillingStore[] engines)
    {
        var made = new List<Sent>();
        for (int a = 0; a < _actors.Count; a++)
        {
            var actor = _actors[a];
            for (int i = 1 + _dice.Below(most); i > 0; i--)
            {
                made.Add(new(actor, _maker.Make(_dice, actor, _now, most == 1), engines[a % engines.Length]));
                actor.Age++;
                _commands++;
            }
        }
        return made;
    }

    private async Task Round(BillingStore[] engines)
    {
        var made = Make(4, engines);
        var answers = await Send(made);
        for (int i = 0; i < made.Count; i++)
        {
            Compare(made[i], answers[i], mayReplay: false);
        }
        Remember(made);
    }

    // Whoever was not told asks again with the same key: what was committed answers so, what was not is carried out now. Each batch is whole or absent.
    private async Task Crash(bool committed)
    {
        var made = Make(1, [_first]);
        bool gone = false;
        _faults.BeforeCommit = () =>
        {
            if (gone || !committed)
            {
                throw new InvalidOperationException("crashed before the commit");
            }
        };
        _faults.AfterCommit = () =>
        {
            gone = true;
            throw new InvalidOperationException("crashed after the commit");
        };
        foreach (var (sent, answer) in made.Zip(await Send(made)))
        {
            Must(sent, answer.Text is "no try_again" or "no internal_error", "an answer of a crashed engine", answer.Text);
        }
        _first.Dispose();
        _faults = new WriterFaults { ChecksMemory = true };
        _first = Open(_faults);
        made = [.. made.Select(m => m with { To = _first })];
        var again = await Send(made);
        bool lost = false;
        for (int i = 0; i < made.Count; i++)
        {
            Compare(made[i], again[i], mayReplay: committed);
            if (made[i].Step.IsKept)
            {
                lost |= !again[i].Replayed;
                Must(made[i], !lost || !again[i].Replayed, "was kept although one before it in the queue was lost", again[i].Text);
            }
        }
        Remember(made);
    }

    private async Task FailingWrite()
    {
        var (code, told) = _dice.Of((13, "no storage_full"), (5, "no try_again"), (10, "no try_again"));
        var made = Make(1, [_first]);
        _faults.BeforeCommit = () => throw new StorageException(code, "simulated");
        foreach (var (sent, answer) in made.Zip(await Send(made)))
        {
            Must(sent, answer.Text == told, told, answer.Text);
        }
        _faults.BeforeCommit = null;
        await Round(made);
    }

    private async Task Round(List<Sent> made)
    {
        foreach (var (sent, answer) in made.Zip(await Send(made)))
        {
            Compare(sent, answer, mayReplay: false);
        }
        Remember(made);
    }

    private async Task<List<(string Text, bool Replayed)>> Send(List<Sent> made)
    {
        // Handed over in this order, and only a customer who has sent many together waits for them: each customer's commands stay in order.
        var waitedFor = new Dictionary<EngineActor, Task<object>>();
        var running = new List<(EngineStep Step, Task<object> Task)>();
        foreach (var (actor, step, to) in made)
        {
            var task = waitedFor.TryGetValue(actor, out var before) ? SendAfter(before, step, to) : step.Send(to);
            running.Add((step, task));
            if (step.IsMany || before is not null)
            {
                waitedFor[actor] = task;
            }
        }
        var answers = new List<(string, bool)>();
        foreach (var (step, task) in running)
        {
            try
            {
                object output = await task;
                if (!step.MustReplay)
                {
                    step.Learn?.Invoke(output);
                }
                answers.Add((EngineAnswers.Say(output), output is CommandOutput { Replayed: true }));
            }
            catch (BillingException e)
            {
                answers.Add(("no " + e.Code.Name, false));
            }
        }
        return answers;
    }

    private static async Task<object> SendAfter(Task<object> before, EngineStep step, IBilling to)
    {
        await ((Task)before).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return await step.Send(to);
    }

    private static void Remember(List<Sent> made)
    {
        foreach (var (actor, step, _) in made)
        {
            if (step.IsKept)
            {
                actor.Past.Add(step);
                if (actor.Past.Count > 60)
                {
                    actor.Past.RemoveAt(0);
                }
            }
        }
    }

    // ---- comparing --------------------------------------------------------------------------------------------------

    private void Compare(Sent sent, (string Text, bool Replayed) answer, bool mayReplay)
    {
        _met.Add(answer.Text[..Math.Min(answer.Text.Length, 28)]);
        sent.Actor.Lately.Enqueue($"{_now} {sent.Step.Words}\n   {answer.Text}");
        if (sent.Actor.Lately.Count > 25)
        {
            sent.Actor.Lately.Dequeue();
        }
        Must(sent, answer.Text == sent.Step.Expected, sent.Step.Expected, answer.Text);
        Must(sent, mayReplay || answer.Replayed == sent.Step.MustReplay, sent.Step.MustReplay ? "replayed" : "not replayed", answer.Text);
    }

    private void Must(Sent sent, bool holds, string expected, string answer)
    {
        if (!holds)
        {
            lock (_log)
            {
                throw new Disagreement(
                    $"seed {_seed}, round {_round}, about command {_commands}, at {_now}\ncommand: {sent.Step.Words}\nnaive:  {expected}\nengine: {answer}\n"
                    + $"log: {string.Join("\n     ", _log.TakeLast(12))}\nits last commands:\n{string.Join('\n', sent.Actor.Lately)}");
            }
        }
    }

    private async Task CompareWallets(IEnumerable<EngineActor> actors, IBilling billing)
    {
        foreach (var actor in actors)
        {
            string engine;
            try
            {
                engine = EngineAnswers.Say(await new GetWallet().Run(new() { CustomerId = actor.Naive.Id }, _caller, billing, CancellationToken.None));
            }
            catch (BillingException e) when (e.Code == ErrorCode.CustomerNotFound)
            {
                engine = "frozen False ";
            }
            string naive = actor.Naive.WholeWallet(_now);
            if (engine != naive)
            {
                throw new Disagreement($"seed {_seed}, round {_round}, about command {_commands}: wallet of {actor.Naive.Id}\nnaive:  {naive}\nengine: {engine}\nits last commands:\n{string.Join('\n', actor.Lately)}");
            }
        }
    }

    private async Task Verify()
    {
        var found = await new Verifier(_file).Verify(CancellationToken.None);
        if (found.Differences.Count > 0)
        {
            throw new Disagreement($"seed {_seed}, round {_round}, about command {_commands}: verify finds {string.Join("; ", found.Differences.Take(5))}\nlog: {string.Join("\n     ", _log.TakeLast(12))}");
        }
        await CompareEarnings();
    }

    // What the sums of days say was earned is what the ledger's lines say, however much of it waits to be added.
    private async Task CompareEarnings()
    {
        long nanos = Number(
            $"""
            SELECT CAST(COALESCE(SUM(CASE WHEN a.id = 'usd' THEN -e.amount ELSE e.cost_basis END), 0) AS BIGINT) FROM entry e
            JOIN asset a ON a.workspace_id = e.workspace_id AND a.asset_id = e.asset_id
            LEFT JOIN credit_grant g ON g.workspace_id = e.workspace_id AND g.grant_seq = e.grant_seq
            WHERE (a.id = 'usd' AND e.counter = {(int)CounterAccount.Revenue})
                OR (a.id <> 'usd' AND e.kind IN ({(int)EntryKind.Used}, {(int)EntryKind.Returned}, {(int)EntryKind.DebtSettled}) AND g.cost_currency = 'usd')
            """);
        decimal lines = nanos / (decimal)Currencies.All["usd"].UnitsPerWhole;
        for (int times = 0; times < 2; times++)
        {
            string sums = (await new GetMargins().Run(new() { From = "2020-01-01", To = "2035-01-01" }, _caller, _second, CancellationToken.None)).Totals.Revenue;
            if (decimal.Parse(sums, CultureInfo.InvariantCulture) != lines)
            {
                throw new Disagreement($"seed {_seed}, round {_round}, about command {_commands}: the sums of days say that {sums} was earned, the ledger's lines {lines}");
            }
            await Fold(_second);
        }
    }

    private async Task Fold(BillingStore engine)
    {
        try
        {
            await engine.Sums.Fold(_caller, CancellationToken.None);
        }
        catch (BillingException)
        {
            // It crashed, or its disk was full.
        }
    }

    private long Number(string sql)
    {
        using var connection = _file.OpenReader();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; }
        public override DateTimeOffset GetUtcNow() => Now;
    }
}
