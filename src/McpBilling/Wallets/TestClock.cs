using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Wallets;

/// <summary>Moves a test workspace's clock.</summary>
public sealed record AdvanceTestClockInput
{
    [NullAllowed, Description("The new present, at or after the workspace's latest activity; null goes back to real time once that is later.")]
    public required Instant? Now { get; init; }
}

/// <summary>What time it is in the workspace.</summary>
public sealed record TestClockOutput
{
    [Description("The workspace's present.")]
    public required Instant Now { get; init; }

    [Description("True on real time, false on a test clock.")]
    public required bool Real { get; init; }
}

/// <summary>Asks for the clock.</summary>
public sealed record GetTestClockInput;

/// <summary>Reads the workspace's clock.</summary>
public interface IClockReads
{
    ValueTask<TestClockOutput> Clock(Caller caller, CancellationToken cancellation);
}

/// <summary>The use case: the clock moves forward, never back, and everything due by then happens.</summary>
public sealed class AdvanceTestClock : Operation<AdvanceTestClockInput, TestClockOutput>
{
    [SetsRequiredMembers]
    public AdvanceTestClock()
    {
        Name = "advance_test_clock";
        Title = "Advance the test clock";
        Description =
            "Sets the time of a test workspace, forward only, and makes everything due by then happen: grants begin and expire, holds " +
            "end. A fresh workspace may start anywhere. now: null goes back to real time. Live workspaces refuse it.";
        ToolSet = ToolSet.Admin;
        Scope = Scopes.Admin;
        Route = "POST /v1/test-clock";
    }

    public override ValueTask<TestClockOutput> Run(AdvanceTestClockInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        if (caller.Mode == Mode.Live)
        {
            throw new BillingException(ErrorCode.LiveWorkspace, "A live workspace has no test clock.");
        }
        return billing.Commit(new ClockCommand { To = input.Now }, caller, cancellation);
    }
}

/// <summary>The use case: what time it is.</summary>
public sealed class GetTestClock : Operation<GetTestClockInput, TestClockOutput>
{
    [SetsRequiredMembers]
    public GetTestClock()
    {
        Name = "get_test_clock";
        Title = "Get the test clock";
        Description = "What time it is in the workspace, and whether that is real time.";
        ToolSet = ToolSet.Admin;
        Scope = Scopes.UsageRead;
        Route = "GET /v1/test-clock";
        Reads = true;
        HasTool = false;
    }

    public override ValueTask<TestClockOutput> Run(GetTestClockInput input, Caller caller, IBilling billing, CancellationToken cancellation) =>
        billing.Reads<IClockReads>().Clock(caller, cancellation);
}

/// <summary>Sets or takes away a workspace's test clock.</summary>
public sealed class ClockCommand : Command<TestClockOutput>
{
    /// <summary>The new present; null for real time.</summary>
    public required Instant? To { get; init; }

    /// <summary>The workspace's clock after this command.</summary>
    /// <param name="present">The workspace's present.</param>
    /// <param name="real">Real time.</param>
    /// <param name="latest">The greatest time that the ledger has seen.</param>
    /// <param name="onTestClock">Whether a test clock is set.</param>
    /// <exception cref="BillingException"><c>clock_conflict</c>: time would go back.</exception>
    public TestClockOutput Decide(Instant present, Instant real, Instant latest, bool onTestClock)
    {
        var to = To ?? real;
        // A fresh workspace has no history to contradict: its clock may start anywhere, also in the past.
        var floor = onTestClock ? Instant.Max(present, latest) : latest;
        return to >= floor
            ? new TestClockOutput { Now = to, Real = To is null }
            : throw new BillingException(ErrorCode.ClockConflict, $"now would be {to}, before {floor}, where the workspace already is.", "now");
    }
}
