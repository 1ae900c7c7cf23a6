using System.ComponentModel;
using System.Diagnostics;
using McpBilling.Operations;

namespace McpBilling.Server.Mcp.Keys;

/// <summary>Keeps keys out of repositories: a file that git tracks is refused, one that git would pick up is warned of. It changes nothing in the repository.</summary>
internal static class GitCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <exception cref="BillingException"><c>env_file_refused</c>: the file is in the repository, and the key would be with the next commit.</exception>
    public static IEnumerable<string> Warnings(string path)
    {
        string folder = Path.GetDirectoryName(path)!, name = Path.GetFileName(path);
        if (!IsInWorkTree(folder))
        {
            return [];
        }
        if (Run(folder, "--literal-pathspecs", "ls-files", "--error-unmatch", "--", name) is not { } tracked)
        {
            return [Unknown(path)];
        }
        if (tracked == 0)
        {
            throw new BillingException(ErrorCode.EnvFileRefused,
                $"git tracks {path}: the key would be published with the next commit. Take it out of the repository first (git rm --cached {name}) and add it to .gitignore, or name another env_file.", "env_file");
        }
        // check-ignore takes names, not patterns.
        return Run(folder, "check-ignore", "-q", "--", name) switch
        {
            0 => [],
            1 => [$"git does not ignore {path}: add the line {name} to .gitignore before you commit (echo '{name}' >> .gitignore)."],
            _ => [Unknown(path)],
        };
    }

    private static string Unknown(string path) => $"{path} lies in a git work tree, and git could not be asked whether it is ignored. Make sure that .gitignore names it.";

    private static bool IsInWorkTree(string folder)
    {
        for (string? at = folder; at is not null; at = Path.GetDirectoryName(at))
        {
            if (Path.Exists(Path.Combine(at, ".git")))
            {
                return true;
            }
        }
        return false;
    }

    // The repository's own settings may name programs to run; none is needed to answer.
    private static int? Run(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("git", ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string variable in start.Environment.Keys.Where(k => k.StartsWith("GIT_", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(variable);
        }
        try
        {
            using var git = Process.Start(start)!;
            git.StandardInput.Close();
            git.OutputDataReceived += static (_, _) => { };
            git.ErrorDataReceived += static (_, _) => { };
            git.BeginOutputReadLine();
            git.BeginErrorReadLine();
            if (!git.WaitForExit(Patience))
            {
                git.Kill();
                return null;
            }
            // 128: git will not speak about this folder, so it has said nothing about the file.
            return git.ExitCode is 0 or 1 ? git.ExitCode : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
