using System.Diagnostics;
using McpBilling.Server.Tests.Commands;

namespace McpBilling.Server.Tests.Drills;

/// <summary>Libraries that are put before a program to make the disk or the clock lie to it. Linux only.</summary>
internal static class FaultLibrary
{
    /// <summary>Builds the library of <c>checks/scale/disk_full.sh</c> into a folder.</summary>
    /// <returns>Its path.</returns>
    public static async Task<string> OfDisk(string folder)
    {
        RequireLinux();
        string script = Needs.Shared("checks/scale/disk_full.sh"), bash = Needs.Program("bash");
        Needs.Program("gcc");
        var (exit, output, error) = await ProgramProcess.RunAny(bash, [script, "preload"], null, ("OUT", folder));
        Assert.True(exit == 0, output + error);
        return output.Trim();
    }

    /// <param name="faults">As <c>enospc_after=BYTES</c>, of the writes to the data file and its log.</param>
    public static (string, string)[] Disk(string library, string faults) => [("LD_PRELOAD", library), ("IOFAULT", "file=billing.db," + faults)];

    /// <param name="offset">A file with what the clock is off by: <c>+3600</c>. It is read anew at every look.</param>
    public static (string, string)[] Clock(string offset)
    {
        RequireLinux();
        string? library = Directory.Exists("/usr/lib") ? Directory.EnumerateFiles("/usr/lib", "libfaketimeMT.so.1", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 3, IgnoreInaccessible = true }).FirstOrDefault() : null;
        library ??= Needs.Absent("libfaketime is not installed (Debian: libfaketime)");
        // Only what the clock says is changed; how long something takes is not.
        return [("LD_PRELOAD", library), ("FAKETIME_TIMESTAMP_FILE", offset), ("FAKETIME_NO_CACHE", "1"), ("FAKETIME_DONT_FAKE_MONOTONIC", "1"), ("FAKETIME_DONT_RESET", "1")];
    }

    public static async Task Signal(ProgramProcess process, string signal)
    {
        using var kill = Process.Start(Needs.Program("kill"), [signal, process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    private static void RequireLinux()
    {
        if (!OperatingSystem.IsLinux())
        {
            Needs.Absent("needs Linux");
        }
    }
}
