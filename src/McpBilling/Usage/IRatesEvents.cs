using McpBilling.Catalog;
using McpBilling.Money;
using McpBilling.Wallets;

namespace McpBilling.Usage;

/// <summary>A command that rates an event which it knows before it is decided.</summary>
public interface IRatesEvents : ICustomerCommand
{
    /// <summary>
    /// The rating rows that deciding will ask for, as far as they can be told beforehand, so that a store which is far away can read them together with those of
    /// others. A hint: a row too many or too few changes nothing but time.
    /// </summary>
    /// <param name="now">For an event that has no time of its own.</param>
    IEnumerable<RatingKey> Expected(CatalogSnapshot catalog, Instant now);
}
