using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using McpBilling.Operations;

namespace McpBilling.Customers;

/// <summary>Who and what inside the customer's own business usage or a cost belongs to.</summary>
public sealed record Subject
{
    [Description("The customer's own user."), StringLength(128)]
    public string? EndUser { get; init; }

    [Description("A conversation or visit."), StringLength(128)]
    public string? Session { get; init; }

    [Description("One piece of work, such as a run."), StringLength(128)]
    public string? Task { get; init; }

    internal bool IsPlain => PlainText.Fits(EndUser, 128) && PlainText.Fits(Session, 128) && PlainText.Fits(Task, 128);
}
