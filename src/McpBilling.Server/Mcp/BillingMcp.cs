using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.AspNetCore;
using ModelContextProtocol.Server;

namespace McpBilling.Server.Mcp;

/// <summary>The door for coding tools: MCP over streamable HTTP at <c>/mcp</c>, or over standard input and output.</summary>
public static class BillingMcp
{
    public const string Path = "/mcp";

    /// <summary>When the runtime API beside a stdio session opens although the client is silent.</summary>
    private static readonly TimeSpan OpensAfter = TimeSpan.FromSeconds(1);

    public static IServiceCollection AddBillingMcp(this IServiceCollection services, McpSurface surface)
    {
        var server = new BillingServer(surface);
        services.AddSingleton(surface);
        services.AddMcpServer(server.Configure).WithHttpTransport(http =>
        {
            http.SessionMode = surface.Stateless ? HttpServerSessionMode.Stateless : HttpServerSessionMode.StatefulForInitializeClients;
            http.TimeProvider = surface.Clock;
        });
        return services;
    }

    /// <summary>
    /// Maps <c>/mcp</c> and its protected-resource metadata. A middleware before it must put the <c>Caller</c> into
    /// <c>HttpContext.Items[typeof(Caller)]</c> where the request has a good key, and must let other requests pass: the answer to them is given here.
    /// </summary>
    public static IEndpointConventionBuilder MapBillingMcp(this IEndpointRouteBuilder endpoints)
    {
        var gate = new McpGate(endpoints.ServiceProvider.GetRequiredService<McpSurface>());
        gate.MapMetadata(endpoints);
        var mapped = endpoints.MapMcp(Path);
        mapped.Finally(endpoint =>
        {
            if (endpoint.RequestDelegate is { } next)
            {
                endpoint.RequestDelegate = context => gate.Pass(context, next);
            }
        });
        return mapped;
    }

    /// <summary>
    /// Serves the process that started this one until its end of standard input closes. Standard output carries protocol only: whatever else writes to
    /// the console, in any library, lands on standard error.
    /// </summary>
    /// <param name="opening">Opens the data, beside the beginning of the session: where it fails, nothing was answered.</param>
    /// <exception cref="Exception">The data could not be opened: what <paramref name="opening"/> failed with.</exception>
    public static Task RunStdio(McpSurface listing, Task<McpSurface> opening, CancellationToken cancellation)
    {
        Console.SetOut(Console.Error);
        return RunStdio(Console.OpenStandardInput(), Console.OpenStandardOutput(), listing, opening, cancellation);
    }

    internal static async Task RunStdio(Stream input, Stream output, McpSurface listing, Task<McpSurface> opening, CancellationToken cancellation)
    {
        // Stays open where opening fails: then the session is ended, and has nothing to say about it.
        var opened = new TaskCompletionSource<McpSurface>(TaskCreationOptions.RunContinuationsAsynchronously);
        var early = new EarlyAnswers(input, output, FirstAnswers.Of(listing));
        var pipes = new AnsweredInput(early.Input, early.Output, listing.Clock, opened.Task);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _ = early.Give(opened.Task, over.Token);
        var (session, beside) = (Serve(), Task.CompletedTask);
        try
        {
            var surface = await opening.WaitAsync(cancellation);
            opened.SetResult(surface);
            beside = OpenBeside(surface, pipes, over.Token);
            await session;
        }
        finally
        {
            await over.CancelAsync();
            await session.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await beside;
        }

        async Task Serve()
        {
            // Both cores have enough to do until then.
            await early.Greeted.WaitAsync(over.Token);
            var server = new BillingServer(listing, opened.Task);
            if (!early.HasGreeted)
            {
                _ = opening.ContinueWith(_ => server.Prepare(), over.Token, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            }
            await using var transport = new StreamServerTransport(pipes.Input, pipes.Output, "mcp-billing", listing.Logs);
            await server.Run(transport, over.Token);
        }
    }

    private static async Task OpenBeside(McpSurface surface, AnsweredInput pipes, CancellationToken over)
    {
        if (surface.Beside is { } beside && await Task.WhenAny(pipes.Began, Task.Delay(OpensAfter, surface.Clock, over)) is { IsCanceled: false })
        {
            await beside.Open();
        }
    }
}
