using McpBilling.Operations;

namespace McpBilling.Integration;

/// <summary>Takes what the doors saw. Never waits, never fails: signals are gathered in bounded memory and written beside the ledger soon after.</summary>
public interface ISignals
{
    void Note(AppSignal signal, Caller caller);
}
