using McpBilling.Money;

namespace McpBilling.Payments;

/// <summary>What a processor can do. What it cannot is not offered, neither in the portal nor in tools.</summary>
public sealed record ProcessorCapabilities
{
    /// <summary>It has a page on which a customer pays.</summary>
    public bool HostedPage { get; init; }

    /// <summary>It keeps cards.</summary>
    public bool SavedInstruments { get; init; }

    /// <summary>It charges them without the customer.</summary>
    public bool OffSession { get; init; }

    public bool Refunds { get; init; }

    /// <summary>It gives back less than all, also several times.</summary>
    public bool PartialRefunds { get; init; }

    /// <summary>Its customers can have a payment taken back through their bank, of which it tells.</summary>
    public bool Disputes { get; init; }

    /// <summary>It takes payments of this currency at all.</summary>
    public required Func<Asset, bool> Takes { get; init; }

    /// <summary>The least that it takes in a currency; zero where it has no bound.</summary>
    public required Func<Asset, Amount> Least { get; init; }

    /// <summary>Whether an amount can be paid: a whole number of the currency's least coin, as this processor counts it.</summary>
    public required Func<Amount, bool> CanPay { get; init; }
}
