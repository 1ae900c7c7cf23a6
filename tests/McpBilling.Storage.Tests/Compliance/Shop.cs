namespace McpBilling.Storage.Tests.Compliance;

/// <summary>A catalog with every aggregation, tiers, alternatives, and an asset of its own.</summary>
internal static class Shop
{
    public const string Catalog =
        """
        {"assets":[{"id":"credits","scale":2}],
         "meters":[{"id":"images","event_type":"image","aggregation":"sum"},
                   {"id":"calls","event_type":"call","aggregation":"count"},
                   {"id":"peak","event_type":"memory","aggregation":"max","property":"mb"},
                   {"id":"users","event_type":"login","aggregation":"unique_count","property":"user"},
                   {"id":"level","event_type":"level","aggregation":"latest","property":"n"},
                   {"id":"storage","event_type":"stored","aggregation":"sum","property":"gb","weight_by":"time"},
                   {"id":"tokens","event_type":"tokens","aggregation":"sum"},
                   {"id":"volume","event_type":"bulk","aggregation":"sum"},
                   {"id":"sales","event_type":"sale","aggregation":"sum"}],
         "products":[{"id":"art","charge":"first_affordable","prices":[
                       {"id":"art-credits","meter":"images","asset":"credits","model":"per_unit","unit_price":"1"},
                       {"id":"art-usd","meter":"images","asset":"usd","model":"per_unit","unit_price":"0.04"}]},
                     {"id":"misc","prices":[
                       {"id":"calls","meter":"calls","asset":"usd","model":"package","package_size":"3","package_price":"1"},
                       {"id":"peak","meter":"peak","asset":"usd","model":"per_unit","unit_price":"0.10"},
                       {"id":"users","meter":"users","asset":"usd","model":"per_unit","unit_price":"2"},
                       {"id":"level","meter":"level","asset":"usd","model":"per_unit","unit_price":"1"},
                       {"id":"storage","meter":"storage","asset":"usd","model":"per_unit","unit_price":"31"},
                       {"id":"tokens","meter":"tokens","asset":"usd","model":"graduated","tiers":[{"up_to":"10","unit_price":"1"},{"up_to":null,"unit_price":"0.5"}]},
                       {"id":"volume","meter":"volume","asset":"usd","model":"volume","tiers":[{"up_to":"10","unit_price":"1"},{"up_to":null,"unit_price":"0.5"}]},
                       {"id":"sales","meter":"sales","asset":"usd","model":"percentage","percent":"10","fixed_per_event":"0.30","max_per_period":"5"}]}],
         "signup":{"grants":[{"asset":"credits","amount":"3"}]}}
        """;
}
