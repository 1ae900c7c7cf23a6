using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Usage;
using McpBilling.Wallets;
using McpBilling.Webhooks;

namespace McpBilling.Storage.Writing;

/// <summary>What the commands of a batch tell others, written in their transaction. What nobody asked for is dropped.</summary>
internal sealed class BatchOutbox(WriterSession session, TimeProvider time)
{
    /// <summary>What a command told, and what its change of the wallet tells by itself.</summary>
    /// <param name="before">The wallet as it was stored.</param>
    public void Tell(WorkspaceRecord workspace, WalletState before, UsageSession usage)
    {
        if (workspace.Listeners.IsEmpty)
        {
            return;
        }
        WalletMessages.Find(before, usage, workspace.Listeners);
        foreach (var message in usage.Outbox)
        {
            Tell(workspace, message);
        }
    }

    public void Tell(WorkspaceRecord workspace, OutboxMessage message)
    {
        if (workspace.Listeners.Wants(message.Type))
        {
            session.Outbox.Add(workspace, message, workspace.Listeners.Of(message.Type), Instant.From(time.GetUtcNow()));
        }
    }
}
