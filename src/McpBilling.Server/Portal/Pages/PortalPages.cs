namespace McpBilling.Server.Portal.Pages;

/// <summary>The portal's table of contents, in the order of its menu: a page is a file here and a line in it.</summary>
internal static class PortalPages
{
    public static IReadOnlyList<IPortalPage> All { get; } =
    [
        new BalancePage(),
        new CreditPage(),
        new OrderPage(),
        new AutoRechargePage(),
        new LimitsPage(),
        new UsagePage(),
        new HistoryPage(),
        new ReceiptsPage(),
        new ReceiptPage(),
        new CardsPage(),
    ];
}
