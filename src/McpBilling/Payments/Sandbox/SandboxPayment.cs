using System.Collections.Immutable;
using McpBilling.Money;

namespace McpBilling.Payments.Sandbox;

/// <summary>How a payment stands at the sandbox.</summary>
public enum SandboxState
{
    Open,
    Authenticating,
    Pending,
    Paid,
    Failed,
    Closed,
    Expired,
}

/// <summary>Everything the sandbox knows of one payment, as one document: an order's page, or a charge without one. What was done is told by its reports.</summary>
public sealed record SandboxPayment
{
    /// <summary>Made of the caller's key: the same call finds the same payment.</summary>
    public required string Id { get; init; }

    public required string TopUpId { get; init; }
    public required string CustomerId { get; init; }
    public string? ProcessorCustomer { get; init; }
    public required string Title { get; init; }
    public required string Currency { get; init; }
    public required decimal Amount { get; init; }
    public decimal Tax { get; set; }
    public bool Save { get; set; }
    public string? Back { get; init; }
    public required Instant ExpiresAt { get; init; }
    public SandboxState State { get; init; }
    public TestCard? Card { get; init; }

    /// <summary>The answer to a charge got lost once.</summary>
    public bool AnswerLost { get; set; }

    public ImmutableArray<SandboxRefund> Refunds { get; set; } = [];
    public ImmutableArray<SandboxDispute> Disputes { get; set; } = [];

    /// <summary>What there is to tell, the oldest first.</summary>
    public ImmutableArray<PaymentReport> Reports { get; set; } = [];

    /// <summary>The id under which it is known once somebody pays.</summary>
    public string Payment => "pay_" + Id;

    /// <summary>What can still go back, tax included.</summary>
    public decimal Left => Amount + Tax - Refunds.Where(r => !r.Failed).Sum(r => r.Amount) - Disputes.Where(d => d.Withdrawn && !d.Reinstated).Sum(d => d.Amount);
}

/// <summary>Money that went back.</summary>
public sealed record SandboxRefund
{
    public required string Id { get; init; }
    public string? RefundId { get; init; }
    public required decimal Amount { get; init; }
    public bool Failed { get; set; }
    public bool AnswerLost { get; set; }
}

/// <summary>Money that a bank asks back.</summary>
public sealed record SandboxDispute
{
    public required string Id { get; init; }
    public required decimal Amount { get; init; }
    public bool Withdrawn { get; set; }
    public bool Reinstated { get; set; }
    public bool Closed { get; set; }
}

/// <summary>What a customer left at the sandbox.</summary>
public sealed record SandboxCustomer
{
    public required string Id { get; init; }
    public required string CustomerId { get; init; }
    public ImmutableArray<TestCard> Cards { get; set; } = [];
}

/// <summary>Where the sandbox keeps its documents, by id. Outside of the ledger: it stands for somebody else's memory.</summary>
public interface ISandboxStore
{
    /// <returns>Null: there is none.</returns>
    ValueTask<string?> Read(string id, CancellationToken cancellation);

    /// <summary>Writes a document, if it still is as it was read.</summary>
    /// <param name="before">As read; null: there was none.</param>
    /// <returns>False: somebody else was quicker.</returns>
    ValueTask<bool> Write(string id, string? before, string after, CancellationToken cancellation);
}
