"""The words and sentences of explanations, in Chinese and English: tables alone."""

LABELS_ZH = {
    "met": "达标",
    "near": "接近（在容差内）",
    "behind": "滞后",
    "unreported": "未报",
    "not_due": "未到报送期",
    "no_target": "无目标",
    "no_standard": "无省定标准",
    "achieved": "已实现",
    "missed": "未实现",
    "moving_away": "背离",
    "on_track": "进度相符",
    "undecided": "存疑",
    "accelerate": "需提速",
    "limited": "难以实现",
    "unknown": "无法判断",
    "target": "年度目标",
    "standard": "省定标准",
    "absent": "无",
    "higher": "数值越高越好",
    "lower": "数值越低越好",
    "band": "数值应在区间之内",
    "reaches": "达到",
    "falls_short": "达不到",
}

LABELS_EN = {
    "met": "met",
    "near": "near (within the tolerance)",
    "behind": "behind",
    "unreported": "unreported",
    "not_due": "not yet to be reported",
    "no_target": "no target",
    "no_standard": "no provincial standard",
    "achieved": "achieved",
    "missed": "missed",
    "moving_away": "moving away",
    "on_track": "pace as planned",
    "undecided": "undecided",
    "accelerate": "needs to speed up",
    "limited": "limited progress",
    "unknown": "unknown",
    "target": "the year's own target",
    "standard": "the provincial standard",
    "absent": "none",
    "higher": "higher is better",
    "lower": "lower is better",
    "band": "the value is to stay within a band",
    "reaches": "reaches",
    "falls_short": "does not reach",
}

TEXTS_ZH = {
    "inputs": "{who}，{year}年：实际值{v}，年度目标{t}，省定标准{s}，容差{tolerance}；{direction}。",
    "not_applicable": "{who}，{year}年：这个地区或这一年没有这个指标，不评估，也不计数。",
    "break": "注意：{year}年起口径改变（{words}），与以前的年份不可直接比较；变化和预测跨过了这一年。",
    "no_benchmark": "没有{benchmark}，不作比较：{status}。",
    "not_due": "与{benchmark}比较：{year}年还没有到报送的时候，没有实际值：{status}。",
    "unreported": "与{benchmark}比较：{year}年已到报送的时候，但没有实际值：{status}。",
    "gap": "与{benchmark}比较：差距 = {sum} = {gap}（正数为优于，负数为不及）。",
    "met": "差距不小于0：{status}。",
    "near": "差距小于0，但没有超出容差{tolerance}：{status}。",
    "behind": "差距小于0，并且超出容差{tolerance}：{status}。",
    "attainment": "完成率 = {sum} = {share}。",
    "ambition_below": "本地区的年度目标{t}定得比省定标准{s}宽，相差{gap}。这是一个事实，不是差错。",
    "ambition_equal": "本地区的年度目标与省定标准相同，都是{t}。",
    "ambition_above": "本地区的年度目标{t}定得比省定标准{s}严，相差{gap}。",
    "change_unknown": "本年或上年没有数值，不能与上年比较，不算退步。",
    "change": "比上年的变化 = {sum} = {change}，",
    "slipping": "方向变差：退步。",
    "steady": "持平。",
    "improving": "方向变好。",
    "neither": "区间类指标不论升降。",
    "mean_change": "自{baseline}年以来平均每年变化 = {sum} ÷ {years} = {mean}。",
    "required_change": "到{end}年达到目标{final}，今后平均每年需变化 = {sum} ÷ {years} = {required}。",
    "pace_own": (
        "进度比 = 已走的路 ÷ 到本年应走的路 = {done} ÷ {due} = {pace}（从{baseline}年的{v0}起，按本年年度目标算）。"
    ),
    "pace_linear": (
        "进度比 = 已走的份额 ÷ 应走的份额 = {done} ÷ {whole} ÷ ({elapsed} ÷ {span}) = {pace}（从{baseline}年"
        "的{v0}起；本年没有年度目标，按时间均匀算）。"
    ),
    "no_baseline": "没有{baseline}年的数值，不计算进度比。",
    "keep": "{end}年的目标{final}不比{baseline}年的{v0}更进一步，是要保持的水平，不计算进度比。",
    "nothing_due": "本年的年度目标{t}不比{baseline}年的{v0}更进一步，到本年没有应走的路，不计算进度比。",
    "unknown_value": "没有实际值，前景：{outlook}。",
    "unknown_year": "{year}年不晚于基期年{baseline}年，前景：{outlook}。",
    "unknown_final": "没有{end}年的目标，前景：{outlook}。",
    "unknown_pace": "没有进度比，也没有达到本年年度目标，又看不出变差，前景：{outlook}。",
    "achieved": "实际值已经达到{end}年的目标{final}，前景：{outlook}。",
    "missed": "已到{end}年或以后，实际值没有达到{end}年的目标{final}，前景：{outlook}。",
    "pace_on_track": "进度比不低于95%，预测也达到目标，前景：{outlook}。这是进度，不是可能性。",
    "pace_undecided": "进度比{pace}与预测不一致（一个够，一个不够），两种算法不一致，前景：{outlook}。",
    "pace_accelerate": "进度比不低于60%，但低于95%，前景：{outlook}。",
    "pace_limited": "进度比不为负，但低于60%，前景：{outlook}。",
    "pace_moving_away": "进度比为负，比{baseline}年更差，前景：{outlook}。",
    "keep_on_track": "已经达到本年年度目标，前景：{outlook}。",
    "band_pace": "目标是一个区间，不计算完成率和进度比。",
    "band_achieved": "实际值在{end}年的目标区间{final}之内，前景：{outlook}。",
    "band_missed": "已到{end}年或以后，实际值不在{end}年的目标区间{final}之内，前景：{outlook}。",
    "band_on_track": "实际值不在{end}年的目标区间{final}之内，预测在区间之内，前景：{outlook}。",
    "band_limited": "实际值和预测都不在{end}年的目标区间{final}之内，前景：{outlook}。",
    "keep_moving_away": "没有达到本年年度目标，并且比{baseline}年更差，前景：{outlook}。",
    "unprojected_value": "没有实际值，不作预测。",
    "unprojected_baseline": "没有{baseline}年的数值，不作预测。",
    "unprojected_early": "{year}年不晚于基期年{baseline}年，不作预测。",
    "unprojected_late": "{year}年在{end}年之后，不作预测。",
    "projection": "预测：今后每年的变化与以往平均相同，到{end}年为 {v} + {mean} × {left} = {raw}。",
    "clipped": "预测值超出允许范围，取其界限{projection}。",
    "verdict": "预测{reach}{end}年的目标{final}。",
    "conflict": (
        "注意，两种看法不一致：判断为{outlook}，而预测到{end}年为{projection}，{reach}目标{final}。前者看到"
        "本年为止的进度，后者假定今后每年的变化与以往平均相同。"
    ),
}

TEXTS_EN = {
    "inputs": (
        "{who}, {year}: actual value {v}, own target {t}, provincial standard {s}, tolerance {tolerance}; {direction}."
    ),
    "not_applicable": "{who}, {year}: this area or this year does not have the indicator; it is not judged or counted.",
    "break": (
        "Note: the definition changed in {year} ({words}); figures before are not directly comparable, and changes and "
        "projection run across that year."
    ),
    "no_benchmark": "There is nothing to compare with {benchmark}: {status}.",
    "not_due": "Against {benchmark}: {year} is not yet to be reported, and there is no value: {status}.",
    "unreported": "Against {benchmark}: {year} is to be reported, but there is no value: {status}.",
    "gap": "Against {benchmark}: gap = {sum} = {gap} (positive is better, negative is short of it).",
    "met": "The gap is not below 0: {status}.",
    "near": "The gap is below 0, but not beyond the tolerance of {tolerance}: {status}.",
    "behind": "The gap is below 0 and beyond the tolerance of {tolerance}: {status}.",
    "attainment": "Attainment = {sum} = {share}.",
    "ambition_below": (
        "The county's own target of {t} asks for less than the provincial standard of {s}, by {gap}: it is "
        "set below the standard. This is a fact, not an error."
    ),
    "ambition_equal": "The county's own target and the provincial standard are the same, {t}.",
    "ambition_above": ("The county's own target of {t} asks for more than the provincial standard of {s}, by {gap}."),
    "change_unknown": (
        "This year's or last year's value is absent, so there is no yearly change, and it does not count as slipping."
    ),
    "change": "Change from last year = {sum} = {change}: ",
    "slipping": "the wrong way, slipping.",
    "steady": "no change.",
    "improving": "the right way.",
    "neither": "for a band neither way counts.",
    "mean_change": "Mean yearly change since {baseline} = {sum} ÷ {years} = {mean}.",
    "required_change": (
        "To reach the target of {final} by {end}, the yearly change needed = {sum} ÷ {years} = {required}."
    ),
    "pace_own": (
        "Pace = way done ÷ way due by this year = {done} ÷ {due} = {pace} (from {v0} in {baseline}, due by "
        "this year's own target)."
    ),
    "pace_linear": (
        "Pace = share done ÷ share due = {done} ÷ {whole} ÷ ({elapsed} ÷ {span}) = {pace} (from {v0} in "
        "{baseline}; there is no target for this year, so the share due follows time)."
    ),
    "no_baseline": "There is no value for {baseline}, so there is no pace.",
    "keep": (
        "The target of {final} for {end} asks for no more than the {v0} of {baseline}: it is a level to "
        "keep, so there is no pace."
    ),
    "nothing_due": (
        "This year's own target of {t} asks for no more than the {v0} of {baseline}: no way is due yet, so "
        "there is no pace."
    ),
    "unknown_value": "There is no value. Outlook: {outlook}.",
    "unknown_year": "{year} is not after the baseline year {baseline}. Outlook: {outlook}.",
    "unknown_final": "There is no target for {end}. Outlook: {outlook}.",
    "unknown_pace": (
        "There is no pace, this year's own target is not shown to be met, and nothing shows a move the "
        "wrong way. Outlook: {outlook}."
    ),
    "achieved": "The value has already reached the target{of_final} for {end}. Outlook: {outlook}.",
    "missed": (
        "It is {end} or later and the value has not reached the target{of_final} for {end}. Outlook: {outlook}."
    ),
    "pace_on_track": (
        "The pace is at least 95%, and the projection reaches the target too. Outlook: {outlook}. This is about pace, "
        "not about chances."
    ),
    "pace_undecided": (
        "The pace of {pace} and the projection point different ways (one is enough, the other is not). "
        "Outlook: {outlook}."
    ),
    "pace_accelerate": "The pace is at least 60% but below 95%. Outlook: {outlook}.",
    "pace_limited": "The pace is not negative but below 60%. Outlook: {outlook}.",
    "pace_moving_away": "The pace is negative: worse than in {baseline}. Outlook: {outlook}.",
    "keep_on_track": "This year's own target is met. Outlook: {outlook}.",
    "band_pace": "The target is a band, so there is neither attainment nor pace.",
    "band_achieved": "The value lies within the band{of_final} for {end}. Outlook: {outlook}.",
    "band_missed": "It is {end} or later and the value lies outside the band{of_final} for {end}. Outlook: {outlook}.",
    "band_on_track": "The value lies outside the band{of_final} for {end}, the projection inside. Outlook: {outlook}.",
    "band_limited": "Value and projection lie outside the band{of_final} for {end}. Outlook: {outlook}.",
    "keep_moving_away": (
        "This year's own target is not shown to be met, and the value is worse than in {baseline}. Outlook: {outlook}."
    ),
    "unprojected_value": "There is no value, so there is no projection.",
    "unprojected_baseline": "There is no value for {baseline}, so there is no projection.",
    "unprojected_early": "{year} is not after the baseline year {baseline}, so there is no projection.",
    "unprojected_late": "{year} is after {end}, so there is no projection.",
    "projection": (
        "Projection: if each year changes as the mean so far, {end} will be at {v} + {mean} × {left} = {raw}."
    ),
    "clipped": "That lies outside the allowed range, so its bound {projection} is taken.",
    "verdict": "The projection {reach} the target of {final} for {end}.",
    "conflict": (
        "Note that the two views differ: the judgement is {outlook}, yet the projection for {end} is "
        "{projection}, which {reach} the target of {final}. The former looks at progress up to this year, "
        "the latter assumes that each coming year changes as the mean so far."
    ),
}
