using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace McpBilling.Stripe.Tests;

/// <summary>The requests that Stripe takes at our version, as a server on loopback: what does not fit is answered with 400 and what is wrong with it.</summary>
public sealed class ContractServer : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly StringBuilder _said = new();
    private Process? _process;
    private Uri? _address;

    public async ValueTask InitializeAsync()
    {
        if (Needs.FindShared("data/stripe/contract-2026-10-28.endive.openapi.json") is not { } contract || !Path.Exists(Path.Combine(StripeTools.Folder, "node_modules", ".bin", "steady")))
        {
            return;
        }
        int port = FreePort();
        var start = new ProcessStartInfo(StripeTools.ContractServer) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (string argument in new[] { "--host", "127.0.0.1", "--port", port.ToString(System.Globalization.CultureInfo.InvariantCulture), "--validator-form-object-format=brackets", "--validator-form-array-format=brackets", contract })
        {
            start.ArgumentList.Add(argument);
        }
        // In CI it would use other words.
        start.Environment.Remove("CI");
        var ready = new TaskCompletionSource();
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        void Heard(object _, DataReceivedEventArgs e)
        {
            lock (_said)
            {
                _said.AppendLine(e.Data);
            }
            if (e.Data?.Contains("Ready to accept", StringComparison.Ordinal) == true)
            {
                ready.TrySetResult();
            }
        }
        _process.OutputDataReceived += Heard;
        _process.ErrorDataReceived += Heard;
        _process.Exited += (_, _) => ready.TrySetException(new InvalidOperationException("the contract server ended: " + _said));
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await ready.Task.WaitAsync(Patience);
        _address = new Uri($"http://127.0.0.1:{port}");
    }

    /// <summary>Where it listens. Skips the test, or fails it in CI, where there is none.</summary>
    public Uri Address => _address ?? throw new InvalidOperationException(Needs.Absent($"there is no contract of Stripe in the shared folder, or no npm @stdy/cli in {StripeTools.Folder}"));

    public ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill(entireProcessTree: true);
        }
        _process?.Dispose();
        return ValueTask.CompletedTask;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
