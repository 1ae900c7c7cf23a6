namespace McpBilling.Insights.Margins;

/// <summary>What costs and charges are added up by.</summary>
public enum MarginGroup
{
    Customer,
    EndUser,
    Session,
    Task,
    Feature,

    /// <summary>Provider and model.</summary>
    Model,
    Product,

    /// <summary>Days; months when the report is longer than <see cref="MarginReport.MaxDays"/> days.</summary>
    Period,

    /// <summary>Refused by name until there are subscriptions.</summary>
    Plan,
}

/// <summary>Which rows come first.</summary>
public enum MarginSort
{
    /// <summary>The greatest cost.</summary>
    Cost,

    /// <summary>The greatest revenue.</summary>
    Revenue,

    /// <summary>The smallest margin: what loses most.</summary>
    Margin,

    /// <summary>The most events.</summary>
    Events,

    /// <summary>In the order of the keys.</summary>
    Key,
}
