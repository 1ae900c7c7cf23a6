#!/usr/bin/env python3
"""Writes the price book that comes with the program from public price data (README.md says what from and how).

    python3 tools/price-book/build.py GENAI_PRICES_DATA_JSON LITELLM_JSON

Every number stays a decimal. Rows of curated.json go before all else; genai-prices before LiteLLM, which adds what the former
does not have: further names at the same price, kinds, batch and tier prices, models. What disagrees is left out and told on standard error.
"""
import json
import pathlib
import re
import sys
from decimal import Decimal

HERE = pathlib.Path(__file__).parent
OUT = HERE.parent.parent / "src" / "McpBilling" / "Costs" / "price_book.json"
GENAI, GENAI_DAY = "genai-prices 0.1.8 (MIT)", "2026-11-23"
LITELLM, LITELLM_DAY = "LiteLLM model prices 2026-08-01 (MIT)", "2026-08-01"

KINDS = ["input", "cache_read", "cache_write", "cache_write_5m", "cache_write_1h", "output", "input_audio", "output_audio", "cache_read_audio", "input_image",
         "output_image", "cache_read_image", "web_search", "file_search", "grounded_prompt", "search_query", "rerank_search", "document_page", "audio_second",
         "cache_storage_token_hour"]
TOKENS = set(KINDS[:12])
MILLION, THOUSAND = Decimal(1_000_000), Decimal(1000)
PROVIDERS = ["openai", "anthropic", "google", "mistral", "cohere", "x-ai", "deepseek", "aws", "azure", "groq", "voyageai"]

GENAI_KINDS = {
    "input_mtok": "input", "cache_read_mtok": "cache_read", "cache_write_mtok": "cache_write", "cache_write_1h_mtok": "cache_write_1h", "output_mtok": "output",
    "input_audio_mtok": "input_audio", "output_audio_mtok": "output_audio", "cache_audio_read_mtok": "cache_read_audio", "input_image_mtok": "input_image",
    "output_image_mtok": "output_image", "cache_image_read_mtok": "cache_read_image", "web_searches_kcount": "web_search", "storage_searches_kcount": "file_search",
    "audio_hours": "audio_second", "input_document_kpages": "document_page"}
LITELLM_TOKENS = {
    "input_cost_per_token": "input", "output_cost_per_token": "output", "cache_read_input_token_cost": "cache_read", "cache_creation_input_token_cost": "cache_write",
    "cache_creation_input_token_cost_above_1hr": "cache_write_1h", "input_cost_per_audio_token": "input_audio", "output_cost_per_audio_token": "output_audio",
    "cache_read_input_audio_token_cost": "cache_read_audio", "input_cost_per_image_token": "input_image", "output_cost_per_image_token": "output_image"}
# LiteLLM's provider → ours, and the prefixes that its names have.
LITELLM_PROVIDERS = {
    "openai": ("openai", ["openai/"]), "text-completion-openai": ("openai", []), "anthropic": ("anthropic", ["anthropic/"]), "gemini": ("google", ["gemini/"]),
    "vertex_ai-language-models": ("google", ["vertex_ai/"]), "vertex_ai-anthropic_models": ("google", ["vertex_ai/"]), "vertex_ai-embedding-models": ("google", ["vertex_ai/"]),
    "mistral": ("mistral", ["mistral/"]), "cohere": ("cohere", ["cohere/"]), "cohere_chat": ("cohere", ["cohere_chat/"]), "xai": ("x-ai", ["xai/"]),
    "deepseek": ("deepseek", ["deepseek/"]), "bedrock": ("aws", []), "bedrock_converse": ("aws", []), "azure": ("azure", ["azure/"]), "azure_ai": ("azure", ["azure_ai/"]),
    "groq": ("groq", ["groq/"]), "voyage": ("voyageai", ["voyage/"])}
MODES = {"chat", "responses", "completion", "embedding", "rerank", "moderation", "realtime", "audio_transcription", "image_generation", "audio_speech", "ocr", None}

told = []


def tell(text):
    told.append(text)


def is_claude(name):
    return "claude" in name


def write_kind(kind, name):
    """Anthropic's cache writes have a lifetime; the price without one is that of five minutes."""
    return "cache_write_5m" if kind == "cache_write" and is_claude(name) else kind


class Model:
    def __init__(self, provider, name, aliases=()):
        self.provider, self.name, self.aliases = provider, name, list(dict.fromkeys(a for a in aliases if a != name))
        self.rows = []

    def bases(self):
        return [r for r in self.rows if "when" not in r]

    def add(self, rates, source, day, start=None, end=None, when=None, threshold=None, over=None, status=None):
        # What was added first stands: a second row for the same circumstances at the same time would leave the model without a price.
        if not status and any(r.get("when") == when and "status" not in r and (not end or r.get("effective_from", "") < end) and (not start or start < r.get("effective_to", "9")) for r in self.rows):
            return
        row = {"rates": rates, "source": source, "checked": day}
        for field, value in (("effective_from", start), ("effective_to", end), ("when", when), ("status", status)):
            if value:
                row[field] = value
        if threshold and over:
            row["context_threshold"], row["over_threshold_rates"] = threshold, over
        self.rows.append(row)


# ---- genai-prices

def fits(match, name):
    (op, value), = match.items()
    if op in ("or", "and"):
        return (any if op == "or" else all)(fits(m, name) for m in value)
    if op == "regex":
        return re.search(value, name) is not None
    value = value.lower()
    return {"equals": name == value, "starts_with": name.startswith(value), "ends_with": name.endswith(value), "contains": value in name}[op]


def leaves(match):
    (op, value), = match.items()
    return [leaf for m in value for leaf in leaves(m)] if op in ("or", "and") else [(op, value.lower())]


def names_of(match):
    """Names that the match says outright, and beginnings that are a whole name."""
    names = []
    for op, value in leaves(match):
        if op == "equals":
            names.append(value)
        elif op in ("starts_with", "contains", "ends_with"):
            stem = value.rstrip("-@")
            if re.fullmatch(r"[a-z0-9.:/_-]+", stem) and not re.search(r"-20\d\d$|\.ft$|^ft:|-v$|-v\d$|^(moderation|computer-use)$", stem):
                names.append(stem)
    return names


def genai_rates(prices, name):
    rates, over, start = {}, {}, None
    for key, value in prices.items():
        kind = GENAI_KINDS.get(key)
        if kind is None:
            tell(f"genai-prices {name}: {key} is no kind of ours")
            continue
        kind = write_kind(kind, name)
        if isinstance(value, dict):
            tier, = value["tiers"]
            if start not in (None, tier["start"]):
                raise SystemExit(f"{name}: two thresholds")
            start, rates[kind], over[kind] = tier["start"], Decimal(value["base"]), Decimal(tier["price"])
        else:
            rates[kind] = Decimal(value)
    # Its tiers count strictly above their start; providers that say "from so many on" are written as one less.
    threshold = None if start is None else {"tokens": start + 1, "op": "gte"} if start % 1000 == 999 else {"tokens": start, "op": "gt"}
    return rates, threshold, over


def read_genai(path):
    models = []
    for provider in json.loads(pathlib.Path(path).read_text(), parse_float=Decimal):
        if provider["id"] not in PROVIDERS:
            continue
        for m in provider["models"]:
            name = m["id"].lower()
            model = Model(provider["id"], re.sub(r"^regional\.", "us.", name), names_of(m["match"]))
            model.match = m["match"]
            listed = m["prices"] if isinstance(m["prices"], list) else [{"prices": m["prices"]}]
            dates = [c["constraint"]["start_date"] + "T00:00:00Z" for c in listed if (c.get("constraint") or {}).get("type") == "start_date"]
            starts = [None] + dates
            for c in listed:
                rates, threshold, over = genai_rates(c["prices"], name)
                if not rates:
                    continue
                constraint = c.get("constraint") or {}
                if constraint.get("type") == "time_of_date":
                    window = f"{constraint['start_time'][:5]}-{constraint['end_time'][:5]}"
                    model.add(rates, GENAI, GENAI_DAY, dates[-1] if dates else None, when={"utc_windows": [window]}, threshold=threshold, over=over)
                else:
                    start = constraint.get("start_date") and constraint["start_date"] + "T00:00:00Z"
                    end = next(iter(starts[starts.index(start) + 1:]), None)
                    model.add(rates, GENAI, GENAI_DAY, start, end, threshold=threshold, over=over)
            if model.rows:
                models.append(model)
            else:
                tell(f"genai-prices {provider['id']}/{name}: no prices (free, or none that we have kinds for)")
    return models


# ---- LiteLLM

def litellm_name(key, entry):
    found = LITELLM_PROVIDERS.get(entry.get("litellm_provider"))
    if found is None or entry.get("mode") not in MODES:
        return None
    provider, prefixes = found
    name = key.lower()
    for prefix in prefixes:
        name = name.removeprefix(prefix)
    if provider == "aws" and ("/" in name or "commitment" in name):
        return None
    if provider not in ("azure", "groq", "aws") and "/" in name:
        return None
    return provider, name.replace("@default", "").replace("@", "-")


def litellm_rates(entry, name, suffix=""):
    rates = {}
    for field, kind in LITELLM_TOKENS.items():
        value = entry.get(field + suffix)
        if value is not None:
            rates[write_kind(kind, name)] = Decimal(value) * MILLION
    if not suffix and "cache_read" not in rates and entry.get("input_cost_per_token_cache_hit"):
        rates["cache_read"] = Decimal(entry["input_cost_per_token_cache_hit"]) * MILLION
    return rates


def litellm_fees(entry, provider, name):
    fees = {}
    search = entry.get("search_context_cost_per_query") or {}
    sizes = set(search.values())
    if len(sizes) == 1 and (price := Decimal(sizes.pop()) * THOUSAND) > 0:
        kind = "web_search" if provider != "google" or is_claude(name) else "search_query" if entry.get("web_search_billing_unit") == "per_query" or name.startswith("gemini-3") else "grounded_prompt"
        if provider in ("openai", "anthropic", "google", "x-ai"):
            fees[kind] = price
    for field, kind, per in (("input_cost_per_query", "rerank_search", THOUSAND), ("ocr_cost_per_page", "document_page", THOUSAND)):
        if entry.get(field):
            fees[kind] = Decimal(entry[field]) * per
    if entry.get("mode") == "audio_transcription" and entry.get("input_cost_per_second"):
        fees["audio_second"] = Decimal(entry["input_cost_per_second"]) * 3600
    return fees


def litellm_over(entry, name, suffix=""):
    for size in (128, 200, 256, 272, 512):
        over = litellm_rates(entry, name, f"_above_{size}k_tokens{suffix}")
        if "input" in over:
            hour = entry.get(f"cache_creation_input_token_cost_above_1hr_above_{size}k_tokens{suffix}")
            if hour:
                over["cache_write_1h"] = Decimal(hour) * MILLION
            return {"tokens": size * 1000, "op": "gt"}, over
    return None, {}


def litellm_base(entry, provider, name):
    rates = litellm_rates(entry, name)
    if entry.get("mode") in ("embedding", "rerank", "audio_transcription") and not rates.get("output"):
        rates.pop("output", None)
    fees = litellm_fees(entry, provider, name)
    if entry.get("mode") == "rerank" and not rates.get("input"):
        rates.pop("input", None)
    if entry.get("mode") != "moderation" and not any(rates.values()):
        rates = {}
    if entry.get("mode") == "image_generation" and "output_image" not in rates and "output" not in rates:
        return {}
    if entry.get("mode") == "audio_transcription" and "audio_second" in fees:
        rates = {k: v for k, v in rates.items() if v}
    return {**rates, **fees}


def scaled(rates, factor):
    return {k: v * factor for k, v in rates.items() if k in TOKENS}


def uniform(rates, base):
    """The one factor between two price lists, or None. That of cached tokens is not asked: they are published rounded."""
    factors = {rates[k] / base[k] for k in rates if base.get(k) and k in ("input", "output")}
    return factors.pop() if len(factors) == 1 else None


def add_conditional(model, entry, name):
    """Batch and tier prices: as they stand where LiteLLM's standard price is the row's; by the one factor between them on OpenAI's other rows."""
    listed = litellm_rates(entry, name)
    found = {}
    for suffix, when in (("_batches", {"batch": True}), ("_flex", {"service_tier": "flex"}), ("_priority", {"service_tier": "priority"})):
        rates = litellm_rates(entry, name, suffix)
        needs = {"input", "output"} & {k for k, v in listed.items() if v}
        if not rates or not needs <= rates.keys():
            continue
        if any(listed.get(k) and not Decimal("0.1") <= v / listed[k] <= 10 for k, v in rates.items()):
            tell(f"LiteLLM {model.provider}/{name}{suffix}: more than ten times off the standard price")
            continue
        found[suffix] = ({k: v for k, v in rates.items() if k in listed and (v or not listed[k])}, when, *litellm_over(entry, name, suffix))
    flex, batch = found.get("_flex"), found.get("_batches")
    if model.provider == "openai" and flex:
        if batch is None:
            found["_batches"] = (flex[0], {"batch": True}, flex[2], flex[3])
        elif batch[0]["input"] == flex[0]["input"]:
            found["_batches"] = ({**flex[0], **batch[0]}, batch[1], batch[2] or flex[2], batch[3] or flex[3])
    for suffix, (rates, when, threshold, over) in found.items():
        factor = uniform(rates, listed)
        for base in model.bases():
            same = all(base["rates"].get(k) == v for k, v in listed.items() if k in ("input", "output") and v)
            source = LITELLM
            if suffix == "_batches" and batch is None:
                source += "; OpenAI: batch is priced as flex"
            if same:
                chosen = rates
            elif model.provider == "openai" and factor is not None:
                chosen = {k: v for k, v in scaled(base["rates"], factor).items() if k in rates or (k != "output" and "cache_read" in rates)}
                source += f"; its factor {factor.normalize():f} on the standard rates of this time"
            else:
                continue
            limit, beyond = threshold, over if same else {}
            if base.get("context_threshold") and factor is not None and (suffix != "_priority" or model.provider == "azure") and model.provider in ("openai", "google", "azure"):
                limit, beyond = base["context_threshold"], {k: v * factor for k, v in base["over_threshold_rates"].items() if k in chosen}
            chosen = {k: v for k, v in chosen.items() if k in base["rates"]}
            beyond = {k: v for k, v in beyond.items() if k in chosen}
            model.add(chosen, source, LITELLM_DAY, base.get("effective_from"), base.get("effective_to"), when, limit, beyond)


def add_factor(model, when, factor, source, day):
    """A row for each row that the factor applies to: base rows, and what the same request may also be (batch in a place)."""
    for row in list(model.rows):
        conditions = row.get("when", {})
        if row.get("status") == "cancelled" or when.keys() & conditions.keys():
            continue
        if "speed" in conditions and "batch" in when or "batch" in conditions and "speed" in when or "utc_windows" in conditions:
            continue
        model.add(scaled(row["rates"], factor), source, day, row.get("effective_from"), row.get("effective_to"), {**conditions, **when},
                  row.get("context_threshold"), scaled(row.get("over_threshold_rates", {}), factor))


def add_factors(model, entry):
    if model.provider == "anthropic" and not re.match(r"claude-(2|v1)", model.name):
        add_factor(model, {"batch": True}, Decimal("0.5"), "Anthropic pricing: batch is half of every token price", GENAI_DAY)
        special = entry.get("provider_specific_entry") or {}
        if special.get("fast"):
            add_factor(model, {"speed": "fast"}, Decimal(special["fast"]), LITELLM + ": fast is " + str(special["fast"]) + " times the token prices", LITELLM_DAY)
        if special.get("us") or model.name in ("claude-opus-5-5", "claude-fable-5-1"):
            add_factor(model, {"inference_geo": "us"}, Decimal("1.1"), (LITELLM if special.get("us") else "Anthropic pricing") + ": inference in the US is 1.1 times the token prices", LITELLM_DAY)
    if model.provider == "openai":
        for place in ("eu", "us"):
            if entry.get(f"regional_processing_uplift_multiplier_{place}"):
                factor = Decimal(entry[f"regional_processing_uplift_multiplier_{place}"])
                add_factor(model, {"data_residency": place}, factor, f"{LITELLM}: regional processing is {factor} times the token prices", LITELLM_DAY)
    if model.provider == "x-ai" and any("input" in r["rates"] for r in model.rows):
        add_factor(model, {"batch": True}, Decimal("0.8"), "xAI docs: batch is 20 % off the token prices", GENAI_DAY)
    if model.provider == "voyageai":
        add_factor(model, {"batch": True}, Decimal("0.67"), GENAI + ": batch is 33 % off", GENAI_DAY)


def agrees(model, rates):
    """Whether a list of rates is that of one of the model's base rows: what both name is equal, and the main kinds are there."""
    main = {k for k in ("input", "output") if rates.get(k)}
    return any(all(row["rates"].get(k) == v for k, v in rates.items() if k in ("input", "output") and v) and main == {k for k in ("input", "output") if row["rates"].get(k)}
               for row in model.bases())


def fill(model, rates):
    """Kinds that a base row lacks, where the rest agrees."""
    for row in model.bases():
        if all(row["rates"].get(k) == v for k, v in rates.items() if k in ("input", "output") and v):
            missing = {k: v for k, v in rates.items() if k not in row["rates"] and v and k not in ("cache_write", "cache_write_5m")}
            if missing.get("cache_write_1h") and "cache_write_5m" not in row["rates"]:
                missing.pop("cache_write_1h")
            row["rates"].update(missing)
            if missing and LITELLM not in row["source"]:
                row["source"] += f"; {LITELLM} ({', '.join(k for k in KINDS if k in missing)})"


def main(genai_path, litellm_path):
    models = read_genai(genai_path)
    curated = json.loads((HERE / "curated.json").read_text(), parse_float=Decimal)["rows"]
    entries = {}
    for key, entry in json.loads(pathlib.Path(litellm_path).read_text(), parse_float=Decimal).items():
        named = litellm_name(key, entry)
        if named:
            entries.setdefault(named, entry)
    by_name = {}

    def register(model):
        for name in [model.name, *model.aliases]:
            owner = by_name.setdefault((model.provider, name), model)
            if owner is not model and name == model.name:
                by_name[(model.provider, name)] = model
                owner.aliases = [a for a in owner.aliases if a != name]
        model.aliases = [a for a in model.aliases if by_name[(model.provider, a)] is model]

    for model in models:
        register(model)

    # Curated prices: main name, base rows and conditional rows go before what was read.
    curated_models = {}
    for row in curated:
        key = (row["provider"], row["model"])
        model = curated_models.get(key)
        if model is None:
            model = by_name.get(key) or next((m for m in models if m.provider == key[0] and fits(m.match, key[1])), None)
            if model is None:
                model = Model(*key)
                models.append(model)
            elif model in curated_models.values():
                model = Model(*key)
                models.append(model)
            model.aliases = [a for a in dict.fromkeys([model.name, *model.aliases]) if a != key[1]]
            model.name = key[1]
            model.read, model.rows = model.rows, []
            register(model)
            curated_models[key] = model
        if row.get("aliases"):
            model.aliases += [a for a in row["aliases"] if a not in model.aliases]
            register(model)
        number = lambda rates: {k: Decimal(v) for k, v in rates.items()}
        if "multiplier" in row:
            kinds, factor = row["multiplier"]["kinds"], Decimal(row["multiplier"]["factor"])
            for base in model.bases():
                pick = lambda rates: {k: v * factor for k, v in rates.items() if k in kinds}
                model.add(pick(base["rates"]), row["source"], row.get("checked", GENAI_DAY), base.get("effective_from"), base.get("effective_to"), row["when"],
                          base.get("context_threshold"), pick(base.get("over_threshold_rates", {})))
            continue
        model.add(number(row["rates"]), row["source"], row.get("checked", GENAI_DAY), row.get("effective_from"), row.get("effective_to"), row.get("when"),
                  row.get("context_threshold"), number(row.get("over_threshold_rates", {})), None if row["status"] == "active" else row["status"])
    for model in curated_models.values():
        for read in getattr(model, "read", []):
            if "when" not in read:
                fill(model, read["rates"])

    # LiteLLM: more names, kinds, conditional prices, models.
    azure_places = {}
    for (provider, name), entry in entries.items():
        if provider == "azure" and (place := re.match(r"(global|global-standard|eu|us)/(.+)$", name)):
            azure_places.setdefault(place[2], {})[place[1].replace("global-standard", "global")] = entry
            continue
        if "/" in name and provider in ("aws", "azure"):
            continue
        rates = litellm_base(entry, provider, name)
        if not rates:
            continue
        model = by_name.get((provider, name)) or next((m for m in models if m.provider == provider and hasattr(m, "match") and fits(m.match, name)), None)
        if model is not None and agrees(model, rates):
            if (provider, name) not in by_name:
                model.aliases.append(name)
                register(model)
            fill(model, rates)
            model.entry = entry if name == model.name or not hasattr(model, "entry") else model.entry
        elif (provider, name) in by_name:
            model.entry = entry if name == model.name or not hasattr(model, "entry") else model.entry
            shown = lambda r: f"{r.get('input')}/{r.get('output')}"
            tell(f"{provider}/{name}: LiteLLM {shown(rates)} disagrees with {' and '.join(shown(r['rates']) for r in model.bases())}; the latter counts")
        else:
            # LiteLLM alone: one model for each price of one name; a name with a date has a model of its own, where its stem's price is another.
            stem = re.sub(r"-20\d\d-?\d\d-?\d\d$", "", name)
            model = by_name.get((provider, stem))
            if model is not None and agrees(model, rates):
                model.aliases.append(name)
                register(model)
                continue
            model = Model(provider, name)
            threshold, over = litellm_over(entry, name)
            model.add(rates, LITELLM, LITELLM_DAY, threshold=threshold, over={k: v for k, v in over.items() if k in rates})
            model.entry = entry
            models.append(model)
            register(model)
    for model in models:
        entry = getattr(model, "entry", {})
        if entry:
            add_conditional(model, entry, model.name)
        add_factors(model, entry)
        if model.provider == "azure":
            add_azure_places(model, azure_places.get(model.name) or {})
    write(models)


def add_azure_places(model, places):
    have = [r["when"] for r in model.rows if "when" in r]
    zones = {p: litellm_base(e, "azure", model.name) for p, e in places.items() if p in ("eu", "us")}
    if zones:
        rates = list(zones.values())
        for place, found in ([(None, rates[0])] if len(rates) == 2 and rates[0] == rates[1] else zones.items()):
            when = {"deployment": "data_zone", **({"data_residency": place} if place else {})}
            if when not in have:
                threshold, over = litellm_over(places[place or "eu"], model.name)
                known = {k for base in model.bases() for k in base["rates"]}
                model.add({k: v for k, v in found.items() if k in known}, LITELLM, LITELLM_DAY, when=when, threshold=threshold, over={k: v for k, v in over.items() if k in found})
    if {"deployment": "global"} in have:
        return
    if "global" in places:
        model.add(litellm_base(places["global"], "azure", model.name), LITELLM, LITELLM_DAY, when={"deployment": "global"})
    elif any(r["source"].startswith(GENAI) for r in model.bases()):
        for base in model.bases():
            model.add(dict(base["rates"]), GENAI + ": its Azure prices are those of global deployments", GENAI_DAY, base.get("effective_from"), base.get("effective_to"), {"deployment": "global"},
                      base.get("context_threshold"), base.get("over_threshold_rates"))


def text(value):
    """At most 12 decimals, as the program takes them: what is longer was floating point in the source."""
    return f"{value.quantize(Decimal('1e-12')).normalize():f}"


def ordered(rates):
    return {k: text(rates[k]) for k in KINDS if k in rates}


def write(models):
    lines = []
    for model in sorted(models, key=lambda m: (PROVIDERS.index(m.provider), m.name)):
        if not model.rows:
            continue
        rows = sorted(model.rows, key=lambda r: (r.get("status") == "cancelled", "when" in r, json.dumps(r.get("when", {})), r.get("effective_from", "")))
        for i, row in enumerate(rows):
            out = {"provider": model.provider, "model": model.name}
            if i == 0 and model.aliases:
                out["aliases"] = sorted(model.aliases)
            for field in ("effective_from", "effective_to", "status", "when"):
                if field in row:
                    out[field] = row[field]
            out["rates"] = ordered(row["rates"])
            if "context_threshold" in row:
                out["context_threshold"], out["over_threshold_rates"] = row["context_threshold"], ordered(row["over_threshold_rates"])
            out["source"], out["checked"] = row["source"], row["checked"]
            lines.append(json.dumps(out, separators=(",", ":"), ensure_ascii=False))
    about = "Written by tools/price-book/build.py. Facts of public price lists; sources named per row. US dollars for a million tokens, a thousand searches or pages, an hour of audio."
    OUT.write_text('{"format":"pricebook/1","about":' + json.dumps(about) + ',"rows":[\n' + ",\n".join(lines) + "\n]}\n")
    for line in told:
        print(line, file=sys.stderr)
    print(f"{len(lines)} rows of {len({(m.provider, m.name) for m in models if m.rows})} models, {OUT.stat().st_size} bytes", file=sys.stderr)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
