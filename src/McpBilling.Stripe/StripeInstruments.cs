using System.Text.Json;
using McpBilling.Payments;
using Stripe;

namespace McpBilling.Stripe;

/// <summary>Cards and the like as a person knows them: brand and last digits, and nothing else of them.</summary>
internal static class StripeInstruments
{
    public static SavedInstrument Of(PaymentMethod method) => new(
        method.Id,
        method switch
        {
            { Card: { } card } => $"{Name(card.DisplayBrand ?? card.Brand)} {card.Last4}",
            { UsBankAccount: { } account } => $"{account.BankName ?? "Bank account"} {account.Last4}",
            { SepaDebit: { } debit } => $"SEPA {debit.Last4}",
            { BacsDebit: { } debit } => $"Bacs {debit.Last4}",
            _ => Name(method.Type),
        },
        method.Card is { ExpYear: > 0, ExpMonth: > 0 } dated ? ((int)dated.ExpYear, (int)dated.ExpMonth) : null);

    /// <summary>An event has only the id of it: then the label says no more than its kind, until somebody asks for the instruments.</summary>
    /// <returns>Null: there is none.</returns>
    public static SavedInstrument? Of(string? id, PaymentMethod? method, IReadOnlyList<string>? kinds) =>
        method is not null ? Of(method) : id is null ? null : new SavedInstrument(id, Name(kinds is [var only] ? only : null), null);

    /// <summary>Whose it was before it was detached, from what the event says has changed.</summary>
    public static string? OwnerBefore(Event e)
    {
        // Stripe.net keeps the part as it came, in the types of its own serializer.
        string? changed = e.Data.PreviousAttributes is { } before ? Convert.ToString(before, System.Globalization.CultureInfo.InvariantCulture) : null;
        if (string.IsNullOrEmpty(changed))
        {
            return null;
        }
        try
        {
            using var document = JsonDocument.Parse(changed);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("customer", out var owner) && owner.ValueKind == JsonValueKind.String
                ? owner.GetString()
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Name(string? kind) => kind switch
    {
        null or "" => "Saved payment method",
        "amex" or "american_express" => "American Express",
        "jcb" => "JCB",
        "us_bank_account" => "Bank account",
        "sepa_debit" => "SEPA",
        _ => char.ToUpperInvariant(kind[0]) + kind[1..].Replace('_', ' '),
    };
}
