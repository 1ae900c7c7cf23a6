using McpBilling.Operations;

namespace McpBilling.Wallets;

/// <summary>What kind of row a command leaves in the book of operations. The numbers are stored.</summary>
public enum CommandKind
{
    Authorize = 1,
    Capture = 2,
    VoidHold = 3,
    ExtendHold = 4,
    Grant = 5,
    VoidGrant = 6,
    Adjust = 7,
    Reverse = 8,
    SaveCustomer = 9,
    BringUp = 10,

    /// <summary>A usage event, which has a table of its own.</summary>
    RecordUsage = 20,

    /// <summary>A cost event, which has a table of its own.</summary>
    RecordCost = 21,

    CreateTopUp = 30,
    BookPayment = 31,
    NoteProcessor = 32,
    CancelTopUp = 33,
    MarkTopUpPaid = 34,
    ReserveRefund = 35,
    AnswerRefund = 36,
    SetAutoRecharge = 37,

    /// <summary>A customer's own limits.</summary>
    SaveLimits = 40,
}

/// <summary>A command on one customer, decided by a pure function over the customer's state.</summary>
public interface ICustomerCommand
{
    CommandKind Kind { get; }

    /// <summary>The app's id of the customer; null when a hold or a grant says whose it is.</summary>
    string? CustomerId { get; }

    /// <summary>The hold that the command is about, if any, as the caller named it.</summary>
    string? HoldId { get; }

    /// <summary>The grant that the command is about, if any, as the caller named it.</summary>
    string? GrantId { get; }

    /// <summary>An unknown customer is made when the catalog allows it (or always, for saving one).</summary>
    CustomerCreation Creation { get; }

    /// <summary>Unique per customer and kind; null for commands that are idempotent by nature.</summary>
    string? IdempotencyKey { get; }

    /// <summary>Hash of the input (see <see cref="InputHash"/>).</summary>
    long InputHash { get; }

    /// <summary>Decides. Changes are collected in the session; the answer is returned.</summary>
    /// <exception cref="BillingException">Refused: nothing of the session is written.</exception>
    object Decide(WalletSession session);

    /// <summary>The stored answer again, marked as replayed.</summary>
    object Replay(string outcome, WalletSession session);

    /// <summary>The answer as it is stored, UTF-8.</summary>
    ReadOnlyMemory<byte> Outcome(object output);
}

/// <summary>What happens when the customer is unknown.</summary>
public enum CustomerCreation
{
    Never,
    WhenCatalogAllows,
    Always,
}

/// <summary>A command on one customer with the type of its answer.</summary>
public abstract class CustomerCommand<TOutput> : Command<TOutput>, ICustomerCommand
    where TOutput : CommandOutput
{
    public abstract CommandKind Kind { get; }
    public string? CustomerId { get; init; }
    public string? HoldId { get; init; }
    public string? GrantId { get; init; }
    public CustomerCreation Creation { get; set; } = CustomerCreation.WhenCatalogAllows;
    public string? IdempotencyKey { get; init; }
    public long InputHash { get; init; }

    public abstract TOutput Decide(WalletSession session);

    object ICustomerCommand.Decide(WalletSession session) => Decide(session);

    public virtual object Replay(string outcome, WalletSession session) => OutcomeText.Read<TOutput>(outcome) with { Replayed = true };

    public virtual ReadOnlyMemory<byte> Outcome(object output)
    {
        var answer = (TOutput)output;
        answer.Utf8Json = OutcomeText.Write(answer);
        return answer.Utf8Json;
    }
}
