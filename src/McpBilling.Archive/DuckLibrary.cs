using System.Runtime.InteropServices;
using DuckDB.NET.Data;

namespace McpBilling.Archive;

/// <summary>What went wrong, in one line for the person who asked.</summary>
public sealed class ArchiveException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Finds DuckDB's own library, which is larger than this program and therefore not in it, when the first query needs it.</summary>
public static class DuckLibrary
{
    /// <summary>Names the library's file.</summary>
    public const string Variable = "MCP_BILLING_DUCKDB";

    private static readonly Lock Gate = new();
    private static bool _ready;

    private static string FileName => OperatingSystem.IsWindows() ? "duckdb.dll" : OperatingSystem.IsMacOS() ? "libduckdb.dylib" : "libduckdb.so";

    /// <exception cref="ArchiveException">It is not there.</exception>
    public static void Require(Func<string, string?> environment)
    {
        lock (Gate)
        {
            if (_ready)
            {
                return;
            }
            string? named = environment(Variable);
            if (named is { Length: > 0 } && !File.Exists(named))
            {
                throw new ArchiveException($"{Variable} names {named}, which is not there.");
            }
            nint library = Load(named) is var found && found != 0 ? found : throw new ArchiveException(
                $"The query engine is not installed. Get {FileName} of DuckDB 1.5 (it is in the NuGet package DuckDB.NET.Bindings.Full, or at duckdb.org), put it beside the program, or name it in {Variable}.");
            NativeLibrary.SetDllImportResolver(typeof(DuckDB.NET.Native.NativeMethods).Assembly, (name, _, _) => name == "duckdb" ? library : 0);
            _ready = true;
        }
    }

    private static nint Load(string? named)
    {
        string beside = Path.Combine(AppContext.BaseDirectory, FileName);
        string packed = Path.Combine(AppContext.BaseDirectory, "runtimes", RuntimeInformation.RuntimeIdentifier, "native", FileName);
        string[] places = named is { Length: > 0 } ? [named] : [beside, packed];
        foreach (string place in places)
        {
            if (File.Exists(place) && NativeLibrary.TryLoad(place, out nint library))
            {
                return library;
            }
        }
        return named is null or "" && NativeLibrary.TryLoad(FileName, typeof(DuckDBConnection).Assembly, DllImportSearchPath.SafeDirectories, out nint ofSystem) ? ofSystem : 0;
    }
}
