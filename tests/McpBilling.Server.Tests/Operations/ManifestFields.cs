using YamlDotNet.RepresentationModel;

namespace McpBilling.Server.Tests.Operations;

/// <summary>
/// The fields that the manifests here may have, by kind: a cluster drops what it does not know, or refuses it, and either way a misspelt probe is no probe. A
/// name before a brace holds what is in it; <c>[]</c> is a list; <c>*</c> is any name.
/// </summary>
internal static class ManifestFields
{
    private const string Meta = "metadata{name namespace labels{*} annotations{*}}";
    private const string Labels = "matchLabels{*}";
    private const string Probe = "{httpGet{path port scheme} periodSeconds timeoutSeconds failureThreshold successThreshold initialDelaySeconds}";
    private const string Peers = "{namespaceSelector{" + Labels + "} podSelector{" + Labels + "} ipBlock{cidr except[]}}";
    private const string PolicyPorts = "ports[]{protocol port endPort}";

    private static readonly Dictionary<string, string> Of = new(StringComparer.Ordinal)
    {
        ["Namespace"] = $"apiVersion kind {Meta}",
        ["ServiceAccount"] = $"apiVersion kind {Meta} automountServiceAccountToken",
        ["Service"] = $"apiVersion kind {Meta} spec{{type selector{{*}} ports[]{{name port targetPort protocol}}}}",
        ["PodDisruptionBudget"] = $"apiVersion kind {Meta} spec{{minAvailable maxUnavailable selector{{{Labels}}}}}",
        ["NetworkPolicy"] = $"apiVersion kind {Meta} spec{{podSelector{{{Labels}}} policyTypes[] ingress[]{{from[]{Peers} {PolicyPorts}}} egress[]{{to[]{Peers} {PolicyPorts}}}}}",
        ["Deployment"] = """
            apiVersion kind (Meta) spec{replicas selector{(Labels)} strategy{type rollingUpdate{maxUnavailable maxSurge}} template{(Meta) spec{
            serviceAccountName automountServiceAccountToken terminationGracePeriodSeconds
            topologySpreadConstraints[]{maxSkew topologyKey whenUnsatisfiable labelSelector{(Labels)}}
            securityContext{runAsNonRoot runAsUser runAsGroup fsGroup seccompProfile{type}}
            containers[]{name image imagePullPolicy args[] command[] env[]{name value valueFrom{secretKeyRef{name key optional}}} ports[]{name containerPort protocol}
            startupProbe(Probe) livenessProbe(Probe) readinessProbe(Probe) lifecycle{preStop{sleep{seconds}}} resources{requests{cpu memory} limits{cpu memory}}
            securityContext{allowPrivilegeEscalation readOnlyRootFilesystem capabilities{drop[] add[]}} volumeMounts[]{name mountPath readOnly}}
            volumes[]{name emptyDir{sizeLimit medium}}}}}
            """.Replace("(Meta)", Meta, StringComparison.Ordinal).Replace("(Labels)", Labels, StringComparison.Ordinal).Replace("(Probe)", Probe, StringComparison.Ordinal),
    };

    /// <summary>Paths of the fields that the kind does not have.</summary>
    public static List<string> Unknown(string kind, YamlNode root)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        int at = 0;
        Expand(Of[kind].ReplaceLineEndings(" "), ref at, "", known);
        var unknown = new List<string>();
        Walk(root, "", known, unknown);
        return unknown;
    }

    private static void Expand(string text, ref int at, string under, HashSet<string> known)
    {
        while (at < text.Length && text[at] != '}')
        {
            if (text[at] == ' ')
            {
                at++;
                continue;
            }
            int first = at;
            while (at < text.Length && text[at] is not (' ' or '{' or '}'))
            {
                at++;
            }
            string path = under + text[first..at];
            known.Add(path);
            if (at < text.Length && text[at] == '{')
            {
                at++;
                Expand(text, ref at, path + ".", known);
                at++;
            }
        }
    }

    private static void Walk(YamlNode node, string path, HashSet<string> known, List<string> unknown)
    {
        switch (node)
        {
            case YamlMappingNode map:
                string under = path.Length == 0 ? "" : path + ".";
                foreach (var (key, value) in map.Children)
                {
                    string field = under + ((YamlScalarNode)key).Value + (value is YamlSequenceNode ? "[]" : "");
                    if (known.Contains(field))
                    {
                        Walk(value, field, known, unknown);
                    }
                    else if (!known.Contains(under + "*"))
                    {
                        unknown.Add(field);
                    }
                }
                break;
            case YamlSequenceNode list:
                foreach (var item in list.Children)
                {
                    Walk(item, path, known, unknown);
                }
                break;
        }
    }
}
