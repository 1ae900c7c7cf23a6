using System.Globalization;
using System.Text;

namespace McpBilling.Storage;

/// <summary>
/// What transactions changed of that which writers keep in memory: which workspaces, which of their customers, and of these which holds and grants. Everything else of
/// a customer is a few rows.
/// </summary>
internal sealed class ChangedRows
{
    private readonly Dictionary<long, Dictionary<long, CustomerRows>> _workspaces = [];
    private readonly List<ChangedRows> _transactions = [];

    /// <summary>Anything may have changed.</summary>
    public static ChangedRows Anything { get; } = new();

    /// <summary>Nothing has changed.</summary>
    public static ChangedRows None { get; } = new();

    /// <summary>Of one transaction: what it left of that which writers keep in memory (<see cref="Writing.StateAfter"/>); null: it is not told.</summary>
    public string? State { get; set; }

    /// <summary>Of several: what each changed, in their order.</summary>
    public IReadOnlyList<ChangedRows> Transactions => _transactions;

    /// <summary>By the workspace's key and the customer's.</summary>
    public IReadOnlyDictionary<long, Dictionary<long, CustomerRows>> Workspaces => _workspaces;

    /// <summary>A workspace of which something has changed: at least its greatest keys.</summary>
    public void Add(long workspace)
    {
        if (!_workspaces.ContainsKey(workspace))
        {
            _workspaces[workspace] = [];
        }
    }

    public CustomerRows Add(long workspace, long customer)
    {
        Add(workspace);
        var customers = _workspaces[workspace];
        return customers.TryGetValue(customer, out var rows) ? rows : customers[customer] = new CustomerRows();
    }

    /// <summary>Adds what a later transaction changed.</summary>
    /// <param name="text">As <see cref="ToString"/> gives it.</param>
    /// <param name="state">As <see cref="State"/>.</param>
    /// <exception cref="FormatException">It is something else.</exception>
    public void Add(string text, string? state)
    {
        var transaction = new ChangedRows { State = state };
        transaction.Add(text);
        _transactions.Add(transaction);
        foreach (var (workspace, customers) in transaction.Workspaces)
        {
            Add(workspace);
            foreach (var (customer, rows) in customers)
            {
                Add(workspace, customer).Add(rows);
            }
        }
    }

    private void Add(string text)
    {
        long workspace = 0;
        CustomerRows? customer = null;
        foreach (var part in text.AsSpan().Split(' '))
        {
            var token = text.AsSpan()[part];
            if (token.IsEmpty)
            {
                continue;
            }
            long key = long.Parse(token[1..], NumberStyles.None, CultureInfo.InvariantCulture);
            switch (token[0])
            {
                case 'w':
                    Add(workspace = key);
                    break;
                case 'c':
                    customer = Add(workspace, key);
                    break;
                case 'o':
                    customer!.Holds[key] = true;
                    break;
                case 'e':
                    customer!.Holds[key] = false;
                    break;
                case 'g':
                    customer!.Grants.Add(key);
                    break;
                default:
                    throw new FormatException($"{token} is no change");
            }
        }
    }

    /// <summary>In words of a letter and a key: w1 is a workspace, after it c5 its customer, after that o8 a hold that is open, e7 one that has ended, g2 a grant.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (workspace, customers) in _workspaces)
        {
            text.Append(CultureInfo.InvariantCulture, $"w{workspace} ");
            foreach (var (customer, rows) in customers)
            {
                text.Append(CultureInfo.InvariantCulture, $"c{customer} ");
                foreach (var (hold, isOpen) in rows.Holds)
                {
                    text.Append(CultureInfo.InvariantCulture, $"{(isOpen ? 'o' : 'e')}{hold} ");
                }
                foreach (long grant in rows.Grants)
                {
                    text.Append(CultureInfo.InvariantCulture, $"g{grant} ");
                }
            }
        }
        return text.ToString();
    }
}

/// <summary>Which rows of a customer have changed, by their keys.</summary>
internal sealed class CustomerRows
{
    /// <summary>Holds, and whether each is still open.</summary>
    public Dictionary<long, bool> Holds { get; } = [];

    public HashSet<long> Grants { get; } = [];

    public int Count => Holds.Count + Grants.Count;

    public void Add(CustomerRows later)
    {
        foreach (var (hold, isOpen) in later.Holds)
        {
            Holds[hold] = isOpen;
        }
        Grants.UnionWith(later.Grants);
    }
}
