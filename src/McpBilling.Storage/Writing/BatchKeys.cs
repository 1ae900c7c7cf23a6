using McpBilling.Wallets;

namespace McpBilling.Storage.Writing;

/// <summary>The idempotency keys that one batch uses; they become the writer's memory only with the commit.</summary>
internal sealed class BatchKeys(WriterMemory memory)
{
    private readonly List<(ulong Hash, long Workspace, NewKey Key)> _new = [];
    private readonly List<long> _candidates = [];

    public void Note(WorkspaceRecord workspace, long customerKey, CommandKind kind, string key, long row) =>
        _new.Add((Hash(workspace, customerKey, kind, key), workspace.Key, new NewKey(customerKey, kind, key, row)));

    /// <summary>The rows that may hold a key, the batch's own last; good until the next are asked for.</summary>
    public IReadOnlyList<long> Candidates(WorkspaceRecord workspace, long customerKey, CommandKind kind, string key)
    {
        ulong hash = Hash(workspace, customerKey, kind, key);
        _candidates.Clear();
        memory.Keys.Find(hash, _candidates);
        foreach (var (own, _, used) in _new)
        {
            if (own == hash)
            {
                _candidates.Add(used.Row);
            }
        }
        return _candidates;
    }

    public IReadOnlyList<NewKey> Of(WorkspaceRecord workspace) => [.. _new.Where(k => k.Workspace == workspace.Key).Select(k => k.Key)];

    /// <summary>After the commit.</summary>
    public void Publish()
    {
        foreach (var (hash, _, key) in _new)
        {
            memory.Keys.Add(hash, key.Row);
        }
    }

    private ulong Hash(WorkspaceRecord workspace, long customerKey, CommandKind kind, string key) => memory.Keys.Hash(workspace.Key, customerKey, (int)kind, key);
}
