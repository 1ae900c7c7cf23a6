using System.Text.Json;

namespace McpBilling.Server.Tests.Integration;

/// <summary>One request to an app.</summary>
/// <param name="Door"><c>none</c> or a framework.</param>
/// <param name="Estimate">In units of one credit.</param>
/// <param name="Used">What the work reports; null: nothing, the estimate counts.</param>
public sealed record Work(string Door, string Customer, string Request, int Estimate, int[]? Used = null, bool Fail = false);

/// <summary>What came back.</summary>
public sealed record Outcome(int Status, JsonElement Body);

/// <summary>An app around generated code, started.</summary>
public interface IApp : IAsyncDisposable
{
    /// <summary>What is between it and billing.</summary>
    FaultProxy Proxy { get; }

    /// <summary>Where its outbox is.</summary>
    string Outbox { get; }

    Task<Outcome> Call(Work work);

    /// <summary>How often work began.</summary>
    Task<int> Worked();

    /// <summary>Lets what waits in the outbox be sent, where that does not happen by itself.</summary>
    Task Nudge();
}

/// <summary>How the apps of one language are built and started.</summary>
public interface IAppLanguage
{
    static abstract string Name { get; }

    static abstract string[] Frameworks { get; }

    /// <summary>Each door is a program of its own, rather than a route of one.</summary>
    static virtual bool ServerPerDoor => false;

    /// <summary>Checks that the tools are there.</summary>
    static abstract Task Require();

    /// <summary>Makes every app ready to start. Each folder has the generated files of one style and mode, with and without a framework.</summary>
    static abstract Task Build(string root, IReadOnlyList<AppFolder> folders);

    static abstract Task<IApp> Start(AppFolder folder, string door, FaultProxy proxy, string key);
}

/// <summary>Where one generated variant lies.</summary>
public sealed record AppFolder(string Path, string Style, string OnUnavailable);
