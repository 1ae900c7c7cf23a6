using System.Diagnostics;
using McpBilling.Operations;
using McpBilling.Storage.Writing;

namespace McpBilling.Storage;

/// <summary>A span for each command, from the hand-over to the answer: the wait, the transaction with its neighbours, the commit. Nothing is made while nobody traces.</summary>
internal static class CommandSpans
{
    private static readonly ActivitySource Source = new(WriterMeter.Name);

    /// <summary>Whether somebody traces.</summary>
    public static bool AreTaken => Source.HasListeners();

    /// <summary>The span of a command on its way; null when nobody takes it.</summary>
    public static Activity? Begin(Type command)
    {
        string kind = WriterMeter.KindOf(command);
        var span = Source.StartActivity("commit " + kind);
        span?.SetTag("mcp_billing.command", kind);
        return span;
    }

    /// <summary>The command was refused, or the store took none.</summary>
    public static void Fail(Activity? span, Exception failure)
    {
        string code = failure is BillingException refusal ? refusal.Code.Name : ErrorCode.Internal.Name;
        span?.SetTag("error.type", code).SetStatus(ActivityStatusCode.Error);
    }
}
