namespace McpBilling.Wallets;

/// <summary>
/// Which grant is used first: priority ascending, then earliest expiry (never last), then restricted before unrestricted, then free before paid,
/// then oldest, then key (wallets.md, Grants).
/// </summary>
public sealed class BurnOrder : IComparer<Grant>
{
    public static readonly BurnOrder Instance = new();

    public int Compare(Grant? x, Grant? y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        int order = x.Priority.CompareTo(y.Priority);
        if (order == 0)
        {
            order = x.ExpiresAt.CompareTo(y.ExpiresAt);
        }
        if (order == 0)
        {
            order = x.Products.IsEmpty.CompareTo(y.Products.IsEmpty);
        }
        if (order == 0)
        {
            order = (!x.IsFree).CompareTo(!y.IsFree);
        }
        if (order == 0)
        {
            order = x.EffectiveAt.CompareTo(y.EffectiveAt);
        }
        if (order == 0)
        {
            order = x.CreatedAt.CompareTo(y.CreatedAt);
        }
        return order != 0 ? order : x.Key.CompareTo(y.Key);
    }
}
