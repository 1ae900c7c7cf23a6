using McpBilling.Money;
using McpBilling.Server.Reports;

namespace McpBilling.Server.Portal.Pages;

/// <summary>A field into which an amount is typed: its label, what it means, what is wrong with it, and what was typed.</summary>
internal static class AmountField
{
    /// <param name="unit">In what it is typed; null: what that is depends on another field.</param>
    /// <param name="key">The text of its label.</param>
    /// <param name="about">What it means.</param>
    public static Html Draw(PortalVisit visit, string? unit, string id, string name, string key, string about, string typed, string? problem)
    {
        var language = visit.Language;
        var field = new Html().Add($"<div class=\"field\"><label for=\"{id}\">{language[key]}");
        if (unit is not null)
        {
            field.Add($" <span class=\"soft\">{language.Phrase("limits.unit", ("unit", unit))}</span>");
        }
        field.Add($"</label>\n<p class=\"hint\" id=\"{id}-hint\">{about}</p>\n{Said(id, problem)}");
        return field.Add($"<input id=\"{id}\" name=\"{name}\" type=\"text\" inputmode=\"decimal\" autocomplete=\"off\" maxlength=\"30\" dir=\"ltr\" value=\"{typed}\"{State(id, problem, hint: true)}></div>\n");
    }

    public static string UnitOf(Asset asset) => asset.IsCurrency ? asset.Id.ToUpperInvariant() : asset.Name;

    /// <summary>What is wrong, to be shown above a field.</summary>
    public static Html Said(string id, string? problem) => problem is null ? new Html() : new Html().Add($"<p class=\"problem\" id=\"{id}-problem\">{problem}</p>\n");

    /// <summary>The attributes that lead from a field to what is said of it.</summary>
    /// <param name="hint">There is a hint of it too.</param>
    public static Html State(string id, string? problem, bool hint)
    {
        string about = string.Join(' ', new[] { problem is null ? null : id + "-problem", hint ? id + "-hint" : null }.OfType<string>());
        var state = problem is null ? new Html() : new Html().Add($" aria-invalid=\"true\"");
        return about.Length == 0 ? state : state.Add($" aria-describedby=\"{about}\"");
    }

    /// <summary>What is wrong with an amount as it was typed; null: nothing.</summary>
    /// <param name="digits">So many after the point at most.</param>
    public static string? Problem(Language language, Asset asset, int digits, string typed, out decimal amount) =>
        !language.TryRead(typed, out amount) ? language.Text("error.amount", ("example", language["number.example"]))
            : amount < 0 ? language["error.amount.negative"]
            : decimal.Round(amount, digits) != amount ? language.Text("error.amount.digits", ("asset", asset.Name), ("digits", language.Number(digits)))
            : !Amount.TryFrom(asset, amount, out _) ? language.Text("error.amount", ("example", language["number.example"]))
            : null;
}
