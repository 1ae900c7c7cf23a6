using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Operations;

namespace McpBilling.Insights.Margins;

public sealed record ListMarginAlertsInput
{
    [Description("next_cursor of the page before."), StringLength(64)]
    public string? Cursor { get; init; }

    [Description("Alerts a page."), Range(1, 200)]
    public int Limit { get; set; } = 50;
}

public sealed record ListMarginAlertsOutput
{
    public required IReadOnlyList<MarginAlertView> Alerts { get; init; }

    [Description("Give it back as cursor for older alerts; absent on the last page.")]
    public string? NextCursor { get; init; }

    public required long Total { get; init; }
}

/// <summary>The kept alerts of a workspace, newest first.</summary>
public sealed class ListMarginAlerts : Operation<ListMarginAlertsInput, ListMarginAlertsOutput>
{
    [SetsRequiredMembers]
    public ListMarginAlerts()
    {
        Name = "list_margin_alerts";
        Title = "List margin alerts";
        Description = "The customers that check_margins found: what they cost and brought in when they were found, newest first.";
        ToolSet = ToolSet.Costs;
        Scope = Scopes.UsageRead;
        Route = "GET /v1/margins/alerts";
        Reads = true;
        HasTool = false;
    }

    public override async ValueTask<ListMarginAlertsOutput> Run(ListMarginAlertsInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        var (alerts, next, total) = await billing.Reads<IMarginAlertReads>().Alerts(caller, Cursors.ReadOne(input.Cursor), input.Limit, cancellation);
        return new ListMarginAlertsOutput { Alerts = alerts, NextCursor = Cursors.Write(next), Total = total };
    }
}
