namespace McpBilling.Payments.Sandbox;

/// <summary>What a customer pays with on the sandbox's page. Cards have names and no numbers, so that nobody types a real one.</summary>
public enum TestCard
{
    /// <summary>Pays.</summary>
    Success,

    /// <summary>Is declined, and will be until the customer takes another.</summary>
    Decline,

    /// <summary>Is declined for now.</summary>
    InsufficientFunds,

    /// <summary>Is stolen: never to be tried again.</summary>
    Stolen,

    /// <summary>Wants the customer to confirm; without them it cannot be charged.</summary>
    Authentication,

    /// <summary>Is under way for days, as a bank debit, and pays when somebody says so.</summary>
    Delay,

    /// <summary>Pays, but the answer to whoever charges or refunds it gets lost the first time.</summary>
    Timeout,

    /// <summary>Pays, but takes no refund: what is sent back comes back.</summary>
    NoRefund,
}
