using McpBilling.Operations;

namespace McpBilling.Payments;

/// <summary>Stores a webhook before anything is done about it.</summary>
public sealed class StoreWebhookCommand(string processor, ReceivedWebhook webhook) : Command<long>
{
    public string Processor => processor;
    public ReceivedWebhook Webhook => webhook;
}

/// <summary>Says what came of a stored webhook.</summary>
/// <param name="key">Its key.</param>
/// <param name="done">All of it is booked: its text is not needed any more, and not kept.</param>
/// <param name="note">Why it waits.</param>
public sealed class CloseWebhookCommand(long key, bool done, string? note) : Command<bool>
{
    /// <summary>So often it is tried, by a job that comes every few minutes; then it is left for a person.</summary>
    public const int MostTries = 500;

    public long Key => key;
    public bool Done => done;
    public string? Note => note;
}
