using McpBilling.Operations;

namespace McpBilling.Integration;

/// <summary>Whether usage lands at the customers that the app means.</summary>
internal static class CustomerChecks
{
    // What a program writes when it has no id.
    private static readonly HashSet<string> NoIds = new(StringComparer.OrdinalIgnoreCase)
    {
        "undefined", "null", "none", "nil", "NaN", "[object", "[object_Object]", "[objectObject]", "[object%20Object]", "anonymous", "unknown", "customer_id", "customerId", "user_id", "userId", "{customer_id}", "${customerId}",
        "test", "0", "-", "\"\"", "''", "true", "false",
    };

    public static Finding Ids(Arrivals arrived, RefusalBook refusals)
    {
        const string Check = "customer_ids";
        var refused = refusals.Take(s => s.Code == ErrorCode.CustomerNotFound.Name || RefusalBook.LastPart(s.Field) == "customer_id");
        if (refused.Count > 0)
        {
            string sent = refused[0].Signal.CustomerId;
            string near = NearestName.Of(sent, arrived.Customers.Select(c => c.Id).Where(id => id != sent)) is { } name ? $" The nearest customer is \"{name}\"." : "";
            return Finding.Fail(
                Check, $"{refused.Sum(s => s.Count)} requests named a customer that cannot be: {refused[0].Signal.Detail}{near}",
                "Send as customer_id the id under which the app's database knows the paying customer; save it first with save_customer where customers are not made by usage.", RefusalBook.EvidenceOf(refused));
        }
        var used = arrived.Events.Select(e => e.CustomerId).Concat(arrived.Authorizations.Select(a => a.CustomerId)).Distinct(StringComparer.Ordinal).ToList();
        foreach (var (wrong, why, fix) in used.Select(id => Suspicion(id, arrived)).OfType<(string, string, string)>())
        {
            return Finding.Fail(Check, why, fix, EventChecks.EvidenceOf([.. arrived.Events.Where(e => e.CustomerId == wrong)]) with { CustomerIds = [wrong] });
        }
        return used.Count > 0 ? Finding.Pass(Check, $"{used.Count} customers, none with an id that looks wrong.") : Finding.NotSeenYet(Check, "No customer was named yet.");
    }

    private static (string Id, string Why, string Fix)? Suspicion(string id, Arrivals arrived)
    {
        if (NoIds.Contains(id))
        {
            return (id, $"Usage was recorded for a customer called \"{id}\", which is what a program writes when it has no id.",
                "Find where the app reads the customer's id (before sign-in, or from a field that is not there), and refuse the work when there is none.");
        }
        // A customer whom usage made, and who is like one that was there or was saved.
        if (arrived.Customers.FirstOrDefault(c => c.Id == id) is not { IsNew: true, WasSaved: false })
        {
            return null;
        }
        foreach (var other in arrived.Customers.Where(c => c.Id != id && (!c.IsNew || c.WasSaved)))
        {
            if (Folded(other.Id) == Folded(id))
            {
                return (id, $"Usage made a new customer \"{id}\", who differs from the customer \"{other.Id}\" only in case or punctuation.", $"Send customer_id \"{other.Id}\", exactly as it was saved.");
            }
            if (IsPrefixed(id, other.Id) || IsPrefixed(other.Id, id))
            {
                return (id, $"Usage made a new customer \"{id}\", who is the customer \"{other.Id}\" with or without a prefix.", $"Send customer_id \"{other.Id}\" everywhere.");
            }
        }
        return arrived.Events.FirstOrDefault(e => e.CustomerId != id && e.Event.Subject?.EndUser == id) is { } owner
            ? (id, $"\"{id}\" was sent as the customer, and as the end user of \"{owner.CustomerId}\".", $"Send customer_id \"{owner.CustomerId}\" and \"{id}\" as subject.end_user.")
            : null;
    }

    private static string Folded(string id) => string.Concat(id.Where(char.IsLetterOrDigit)).ToUpperInvariant();

    private static bool IsPrefixed(string longer, string id) =>
        id.Length >= 4 && longer.Length > id.Length && longer.EndsWith(id, StringComparison.OrdinalIgnoreCase) && longer[longer.Length - id.Length - 1] is '_' or ':' or '/' or '|';
}
