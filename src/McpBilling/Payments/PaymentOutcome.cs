namespace McpBilling.Payments;

/// <summary>What came of taking or giving back money.</summary>
public abstract record PaymentOutcome
{
    private PaymentOutcome()
    {
    }

    /// <summary>Done.</summary>
    /// <param name="Reference">The processor's id of the payment or refund.</param>
    public sealed record Succeeded(string Reference) : PaymentOutcome;

    /// <summary>Under way; a fact will tell.</summary>
    public sealed record Pending(string Reference) : PaymentOutcome;

    /// <summary>The customer must act (3-D Secure): there is nobody to do so, and the payment is to be closed before another is made.</summary>
    public sealed record ActionRequired(string Reference, Uri? Page) : PaymentOutcome;

    /// <summary>Refused.</summary>
    /// <param name="Code">The processor's word for why, such as <c>insufficient_funds</c>.</param>
    public sealed record Declined(string? Reference, string Code, RetryAdvice Retry) : PaymentOutcome;

    /// <summary>No answer came. Not a failure: the same call with the same key tells.</summary>
    public sealed record Unknown : PaymentOutcome;

    /// <summary>The processor cannot do that.</summary>
    public sealed record Unsupported : PaymentOutcome;
}

/// <summary>Whether trying again is of use.</summary>
public enum RetryAdvice
{
    /// <summary>Later, with pauses that grow.</summary>
    Later,

    /// <summary>Only when the customer has done something: another card, an authentication.</summary>
    AfterCustomer,

    /// <summary>Never with this instrument.</summary>
    Never,
}
