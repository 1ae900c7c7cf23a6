using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;

namespace McpBilling.Storage;

/// <summary>
/// A copy of the data file as of one commit, taken while other processes read and write it. It appears under its name whole and durable, or not at all.
/// </summary>
public static partial class Backup
{
    /// <summary>Copies the data file to <paramref name="target"/>.</summary>
    /// <param name="source">The live data file.</param>
    /// <param name="target">Where the copy shall be; its folder must exist.</param>
    /// <param name="overwrite">Replace a file that is there already.</param>
    /// <returns>The copy's size in bytes.</returns>
    /// <exception cref="DataFileException">The target exists, is the source, or cannot be written; or the copy did not pass its check.</exception>
    public static long Write(DataFile source, string target, bool overwrite)
    {
        string path = Path.GetFullPath(target);
        Refuse(source, path, overwrite);
        string unfinished = string.Create(CultureInfo.InvariantCulture, $"{path}.unfinished-{Environment.ProcessId}");
        try
        {
            CreatePrivate(unfinished);
            Copy(source, unfinished);
            using (var copy = new FileStream(unfinished, FileMode.Open, FileAccess.ReadWrite))
            {
                copy.Flush(flushToDisk: true);
            }
            File.Move(unfinished, path, overwrite);
            FlushFolder(Path.GetDirectoryName(path)!);
            return new FileInfo(path).Length;
        }
        catch (SqliteException e)
        {
            throw new DataFileException($"The backup to {path} failed: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataFileException($"The backup to {path} failed: {e.Message}", e);
        }
        finally
        {
            File.Delete(unfinished);
            File.Delete(unfinished + "-journal");
        }
    }

    /// <summary>Makes a backup the data file, where there is none. The backup stays as it is.</summary>
    /// <param name="source">The backup's path.</param>
    /// <param name="target">Where the data file shall be; its folder is made where it is missing.</param>
    /// <returns>The file's size in bytes.</returns>
    /// <exception cref="DataFileException">There is no such backup, it is no database of ours or of a newer program, or something is where the data file shall be.</exception>
    public static long Restore(string source, DataFile target, TimeProvider time)
    {
        var backup = DataFile.Locate(source, _ => null);
        if (!File.Exists(backup.Path))
        {
            throw new DataFileException($"There is no backup at {backup.Path}.");
        }
        // A log that was left beside another file would be played into this one.
        if (SideFiles.Select(side => target.Path + side).FirstOrDefault(File.Exists) is { } there)
        {
            throw new DataFileException($"{there} exists already; stop what uses it and move it away, with the files beside it ({target.Path}-wal, {target.Path}-shm), or name another with --data.");
        }
        if (Path.GetDirectoryName(target.Path) is { } folder && !Directory.Exists(folder))
        {
            CreateFolder(folder);
        }
        long bytes = Write(backup, target.Path, overwrite: false);
        try
        {
            Migrator.Prepare(target, time);
        }
        catch
        {
            File.Delete(target.Path);
            throw;
        }
        return bytes;
    }

    private static readonly string[] SideFiles = ["", "-wal", "-shm", "-journal"];

    private static void CreateFolder(string folder)
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(folder);
            }
            else
            {
                Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataFileException($"The folder {folder} cannot be made: {e.Message}", e);
        }
    }

    private static void Refuse(DataFile source, string path, bool overwrite)
    {
        if (path == source.Path || path == source.Path + "-wal" || path == source.Path + "-shm")
        {
            throw new DataFileException("A backup cannot replace the data file itself.");
        }
        if (Directory.Exists(path))
        {
            throw new DataFileException($"{path} is a folder; name a file.");
        }
        if (!Directory.Exists(Path.GetDirectoryName(path)))
        {
            throw new DataFileException($"There is no folder {Path.GetDirectoryName(path)}.");
        }
        if (File.Exists(path) && !overwrite)
        {
            throw new DataFileException($"{path} exists already; --force replaces it.");
        }
    }

    // In one step: with WAL that is one snapshot which holds no writer up. In several steps every commit meanwhile would start the copy again.
    private static void Copy(DataFile source, string unfinished)
    {
        using var from = source.OpenReader();
        using var to = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = unfinished, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ToString());
        to.Open();
        from.BackupDatabase(to);
        // One plain file, without the side files that WAL would need beside it.
        to.Execute("PRAGMA journal_mode = DELETE");
        string? verdict = to.Scalar<string>("PRAGMA quick_check(1)");
        if (verdict != "ok" || to.Scalar<long>("PRAGMA application_id") != DataFile.ApplicationId)
        {
            throw new DataFileException($"The copy did not pass its check ({verdict}); nothing was replaced.");
        }
    }

    private static void CreatePrivate(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }
        new FileStream(path, options).Dispose();
    }

    // A rename is durable when its folder is (fsync(2)); .NET opens no folders.
    private static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }
        int handle = Open(folder, 0);
        if (handle >= 0)
        {
            _ = Fsync(handle);
            _ = Close(handle);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Fsync(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);
}
