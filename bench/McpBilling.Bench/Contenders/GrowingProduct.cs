using System.Globalization;
using McpBilling.Bench.Load;
using McpBilling.Storage;
using McpBilling.Storage.Postgres;

namespace McpBilling.Bench.Contenders;

/// <summary>The product on data that stays when the bench ends: a file, or a database on a server of this machine.</summary>
/// <param name="data">What <c>--data</c> names.</param>
internal sealed class GrowingProduct(string name, string dll, string folder, string data) : Product(name, dll, folder)
{
    // Of getconf CLK_TCK, which is 100 on every Linux.
    private const int TicksPerSecond = 100;

    public bool IsOnServer { get; } = PostgresDatabase.IsAddress(data);

    /// <summary>Usage events that are stored.</summary>
    public long Events => Number("SELECT CAST(COALESCE(SUM(event_count), 0) AS BIGINT) FROM customer");

    public override long BytesOnDisk => IsOnServer
        ? Number("SELECT pg_database_size(current_database())")
        : new DirectoryInfo(Path.GetDirectoryName(data)!).EnumerateFiles(Path.GetFileName(data) + "*").Sum(f => f.Length);

    /// <summary>With the database's own processes, where those are others.</summary>
    public override TimeSpan Processor => base.Processor + (IsOnServer ? Postgres() : TimeSpan.Zero);

    protected override string DataPath => data;

    /// <summary>Starts on what is there; fills the wallets where there are none.</summary>
    public void GoOn(int customers)
    {
        Start();
        Prepare();
        if (Number("SELECT COUNT(*) FROM customer") < customers)
        {
            Require(Load(Grants(customers), Math.Min(32, customers), Until.Sent(customers), 1));
        }
    }

    private long Number(string sql)
    {
        var database = Database.Locate(data, _ => null);
        using var connections = database as IDisposable;
        using var connection = database.OpenReader();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Every caller passes a constant.
        command.CommandText = sql;
#pragma warning restore CA2100
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    // All servers of this machine: nothing else may use one meanwhile. Children that have ended are in their parent's count.
    private static TimeSpan Postgres()
    {
        long ticks = 0;
        foreach (string process in Directory.EnumerateDirectories("/proc").Where(d => char.IsAsciiDigit(d[6])))
        {
            try
            {
                string stat = System.IO.File.ReadAllText(Path.Combine(process, "stat"));
                if (stat.Contains("(postgres)", StringComparison.Ordinal))
                {
                    // proc(5): utime, stime, cutime and cstime are the 14th to 17th, counted with the two before the closing parenthesis.
                    ticks += stat[(stat.LastIndexOf(')') + 2)..].Split(' ').Skip(11).Take(4).Sum(t => long.Parse(t, CultureInfo.InvariantCulture));
                }
            }
            catch (IOException)
            {
                // It has ended meanwhile.
            }
        }
        return TimeSpan.FromSeconds(ticks / (double)TicksPerSecond);
    }
}
