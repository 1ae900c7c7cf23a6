using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Storage.Writing;
using Microsoft.Extensions.Time.Testing;

namespace McpBilling.Storage.Tests.Compliance;

/// <summary>A storage engine on a fresh database, as the compliance tests need it: opened, closed, opened again, opened twice, looked into, tampered with.</summary>
public abstract class StoreUnderTest : IDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);

    /// <summary>The machine's clock.</summary>
    public FakeTimeProvider Time { get; } = new(Start);

    /// <summary>Where the writer breaks.</summary>
    public WriterFaults Faults { get; protected set; } = new();

    /// <summary>What the engine complained of.</summary>
    public List<string> Log { get; } = [];

    public abstract IBilling Billing { get; }

    /// <summary>The default workspace of a mode.</summary>
    public abstract Caller Caller(Mode mode);

    /// <summary>Another workspace in test mode.</summary>
    public abstract Caller AnotherWorkspace();

    /// <summary>Closes the engine as a crash would leave the database, and opens another on it, with faults of its own.</summary>
    public abstract void Reopen(WriterFaults? faults = null);

    /// <summary>A second engine on the same database, in the same process.</summary>
    public abstract IBilling OpenAnother();

    public abstract Task<int> BringUp(Caller caller, int limit);

    /// <summary>The workspaces in which something is due.</summary>
    public abstract IReadOnlyList<Caller> Due();

    /// <summary>The workspaces in which a delivery may be claimed.</summary>
    public abstract IReadOnlyList<Caller> WithDueDeliveries(Instant now, TimeSpan claim);

    /// <summary>Adds to the sums of days what was left to be added later: everything, or in steps of so many sums only so many steps.</summary>
    /// <param name="by">Another engine on the same database; null: this one.</param>
    public abstract Task Fold(Caller caller, int each = 64, int steps = int.MaxValue, IBilling? by = null);

    /// <summary>Opens the database as a program does that knows these steps of the schema besides: it migrates where it must.</summary>
    internal abstract void StartProgram(params Migration[] later);

    /// <summary>The keys of the same database.</summary>
    public abstract ApiKeys Keys { get; }

    public abstract Task<IReadOnlyList<string>> Differences();

    /// <summary>A workspace's detail as of now, read in pages of so many rows.</summary>
    internal abstract Detail.DetailReader Detail(Caller caller, int rowsAtOnce);

    /// <summary>Every row of every table but the keys', hashed.</summary>
    public abstract string Fingerprint();

    /// <summary>Changes rows behind the engine's back.</summary>
    public abstract int Tamper(string sql);

    public abstract long Number(string sql);

    public abstract void Dispose();
}

/// <summary>What every engine must do. A derived class names the engine; each test gets a fresh database.</summary>
public abstract class ComplianceTests(StoreUnderTest store) : IDisposable
{
    protected StoreUnderTest Store { get; } = store;

    protected Desk Desk => field ??= new Desk(() => Store.Billing, Store.Caller(Mode.Test));

    public void Dispose()
    {
        Store.Dispose();
        GC.SuppressFinalize(this);
    }

    protected async Task MustVerify() => Assert.Empty(await Store.Differences());

    protected static string Minutes(int after) => Instant.From(StoreUnderTest.Start.AddMinutes(after)).ToString();
}
