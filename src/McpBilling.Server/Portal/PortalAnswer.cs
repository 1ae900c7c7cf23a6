using McpBilling.Server.Reports;

namespace McpBilling.Server.Portal;

/// <summary>What a page answers: a body to be put into the layout, or another page to go to.</summary>
internal sealed record PortalAnswer
{
    public string Title { get; init; } = "";
    public Html Body { get; init; } = new();
    public int Status { get; init; } = StatusCodes.Status200OK;

    /// <summary>A page of the portal, after a form was accepted; null: this is the answer.</summary>
    public string? GoTo { get; init; }

    /// <summary>A file to save, instead of a page.</summary>
    public PortalFile? File { get; init; }

    public static PortalAnswer Page(string title, Html body) => new() { Title = title, Body = body };
}

/// <summary>A file that a page gives away.</summary>
/// <param name="Name">ASCII, without quotes: under it a browser saves it.</param>
internal sealed record PortalFile(string Name, string ContentType, byte[] Bytes);

/// <summary>A page of the portal: a file each, in <c>Pages/</c>.</summary>
internal interface IPortalPage
{
    /// <summary>Its address under <c>/portal/</c>; "" for the first one. One that ends in <c>/</c> takes what follows.</summary>
    string Path { get; }

    /// <summary>The key of its name in the menu; null: it is not in the menu.</summary>
    string? MenuKey { get; }

    /// <summary>Whether the workspace has it: what is not for it is not in the menu.</summary>
    bool IsFor(PortalVisit visit) => true;

    Task<PortalAnswer> Show(PortalVisit visit, string rest);

    /// <summary>Takes a form whose token was right; null: this page has none.</summary>
    Task<PortalAnswer>? Act(PortalVisit visit, IFormCollection form) => null;
}
