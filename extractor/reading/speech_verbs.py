"""Words that introduce speech and thought in Chinese and English novels, and the words that may stand beside them."""

from __future__ import annotations

import re

from extractor.reading.lexicon import words

ENGLISH_SPEECH = frozenset(
    words(
        """
    said says saying say cried cries crying replied replies replying asked asks asking answered answers answering
    exclaimed exclaims exclaiming returned rejoined continued continues added adds adding observed remarked
    inquired enquired demanded whispered whispers whispering murmured muttered shouted called calls screamed
    shrieked sobbed sighed gasped groaned moaned growled snarled snapped barked hissed laughed chuckled giggled
    grunted grumbled responded retorted interrupted interposed interjected repeated resumed began begins went
    pursued proceeded declared announced stated protested objected pleaded begged implored urged insisted
    persisted suggested proposed admitted confessed acknowledged agreed assented conceded explained told tells
    commanded ordered bade roared bellowed yelled bawled squeaked squealed stammered stuttered faltered mumbled
    drawled piped chimed ventured hazarded ejaculated vociferated expostulated remonstrated soliloquised
    soliloquized commented concluded finished corrected reminded warned threatened promised assured vowed swore
    cursed joked teased quoted read sang hummed recited breathed panted wailed whimpered whined croaked rasped
    boomed thundered stormed sneered scoffed jeered taunted mocked coaxed soothed consoled reflected mused
    speculated wondered thought thinks reasoned opined volunteered offered invited echoed quavered trilled cooed
    purred spluttered sputtered blurted burst broke put quoth greeted queried questioned counselled advised
    cautioned apologized apologised boasted bragged complained lamented mourned hinted insinuated intimated
    informed intervened nodded smiled prompted affirmed asserted averred maintained denied contradicted
    pronounced prayed shrilled lied noted recalled remembered guessed grinned frowned winced shrugged sniffed
    snorted coughed persuaded tittered vouchsafed supplied translated signed wrote spoke speaks argued
    """
    )
)
ENGLISH_WEAK = frozenset(
    words(
        """
    put read went broke burst nodded smiled grinned frowned winced shrugged laughed told offered began called
    returned finished wrote noted thought thinks remembered guessed signed coughed sniffed begins bade greeted
    spoke speaks recalled lied nodding remembered read supplied maintained informed invited promised swore
    prompted broke
    """
    )
)
ENGLISH_THOUGHT = frozenset(["thought", "thinks", "wondered", "reflected", "mused", "reasoned"])

CHINESE_SPEECH = words(
    """
    道 说 问 答 叫 喊 嚷 骂 喝 劝 叹 吼 哼 唤 念 讲 曰 云 说道 问道 答道 叫道 喊道 嚷道 骂道 喝道 劝道 叹道 吼道
    哼道 唤道 念道 笑道 哭道 怒道 回道 应道 接道 续道 赞道 斥道 哀道 惊道 奇道 急道 嗔道 啐道 冷道 沉声道 低声道
    大声道 高声道 轻声道 柔声道 厉声道 颤声道 朗声道 正色道 回答 回答道 回话 询问 询问道 追问 追问道 反问 反问道
    质问 质问道 解释 解释道 补充 补充道 吩咐 吩咐道 嘱咐 嘱咐道 命令 命令道 提醒 提醒道 安慰 安慰道 嘀咕 嘀咕道
    嘟囔 嘟囔道 嘟哝 喃喃 喃喃道 自语 自语道 自言自语 喃喃自语 大叫 大叫道 大喊 大喊道 大骂 喝问 喝问道 怒喝
    怒喝道 怒骂 怒吼 怒吼道 惊呼 惊呼道 惊叫 惊叫道 尖叫 尖叫道 呼道 高呼 高喊 喝令 央求 央求道 哀求 哀求道 恳求
    恳求道 请求 求道 叫嚷 嚷嚷 吆喝 吆喝道 咒骂 赞叹 赞叹道 感叹 感叹道 叹息 叹息道 叹气 感慨 感慨道 冷笑 冷笑道
    苦笑 苦笑道 大笑 大笑道 微笑道 嘲笑 嘲讽 讥讽 讥笑道 打趣 打趣道 调侃 调侃道 招呼 招呼道 宣布 宣布道 介绍
    介绍道 告诉 开口 开口道 开言 接口 接口道 接过话 接话 接话道 插嘴 插嘴道 插话 搭腔 搭话 附和 附和道 应声
    应声道 答应 答应道 答话 答曰 问曰 笑曰 对曰 传音 传音道 商量 商量道 议论 抱怨 抱怨道 埋怨 埋怨道 责备 责备道
    训斥 训斥道 呵斥 呵斥道 斥责 辩解 辩解道 争辩 辩道 反驳 反驳道 承认 坦白 坦白道 保证 保证道 警告 警告道 威胁
    威胁道 催促 催促道 催道 重复 重复道 低语 低语道 低吼 低吼道 轻叹 轻笑 轻笑道 说着 问了一句 说了一句 道了一句
    继续说 继续道 又道 忙道 便道 因道 笑说 笑问 哭说 回说 告诉道 想道 心想 暗想 暗道 心道 心说 寻思 寻思道 暗自道
    思忖 思忖道 忖道 暗忖 琢磨 琢磨道 心里想 心中想 暗暗想道 想着 盘算 心下想道 自思 自忖 欢呼 呜咽 哽咽 哽咽道
    抽泣 抽泣道 讷讷 支吾 支吾道 结结巴巴 祷告 祈祷 吟道 吟 唱道 唱 读道 读 写道 回敬 呵呵笑道
    """
)
CHINESE_THOUGHT = frozenset(
    words(
        """
    想道 心想 暗想 暗道 心道 心说 寻思 寻思道 暗自道 思忖 思忖道 忖道 暗忖 琢磨 琢磨道 心里想 心中想 暗暗想道
    想着 盘算 心下想道 自思 自忖 想 忖
    """
    )
)
CHINESE_WEAK = frozenset(
    words(
        """
    说着 开口 接口 叹气 冷笑 大笑 苦笑 商量 答应 读 唱 吟 写道 结结巴巴 讲 念 云 想着 介绍 议论 回话 告诉 招呼
    """
    )
)
_LONGEST_FIRST = sorted({*CHINESE_SPEECH, "想"}, key=len, reverse=True)
_VERBS = "|".join(_LONGEST_FIRST)
_TAIL = r"(?:了|着|过)?(?:一句|两句|一声|几句|一下|起来|出来|下去)?(?:话)?"

# The verb at the end of the narration in front of a quotation: 笑道：
CHINESE_VERB_AT_END = re.compile(rf"(?P<verb>{_VERBS}){_TAIL}[：:，,]?\s*$")
# The verb at the end of the first clause behind a quotation: 他说。
CHINESE_VERB_IN_CLAUSE = re.compile(rf"(?P<verb>{_VERBS})(?P<tail>{_TAIL})")

# The verb with whom it is said to, in front of a colon: 问丈夫：
CHINESE_VERB_WITH_OBJECT = re.compile(
    r"(?P<verb>问|追问|质问|反问|询问|告诉|吩咐|嘱咐|叮嘱|提醒|劝|骂|训斥|安慰|央求|哀求|请求|求|命令|命|叫|回答|答应|警告|催|催促|埋怨|责备|夸|逗|笑话|打断|招呼|请|教|喝令|告知|鼓励)"
    r"(?:了|着|道)?[^，。！？：；]{1,8}[：:]?\s*$"
)

# What may stand between a Chinese subject and its verb; longest first where one begins another.
CHINESE_ADVERBS = sorted(
    words(
        """
    忙 便 就 因 又 也 只 都 乃 遂 即 却 方 才 再 还 仍 先 复 且 竟 早 已 正 一面 一边 连忙 急忙 赶忙 慌忙 赶紧
    忽然 突然 忽 蓦地 猛地 立刻 立即 马上 当即 随即 随后 接着 继续 于是 终于 终 低声 大声 高声 轻声 小声 柔声
    厉声 沉声 冷声 颤声 朗声 齐声 失声 悄声 低低 轻轻 冷冷 淡淡 缓缓 慢慢 悄悄 微微 默默 呆呆 狠狠 恨恨 怔怔 讪讪
    幽幽 喃喃 连连 连声 一把 冷笑 微笑 苦笑 大笑 含笑 陪笑 赔笑 笑 哭 怒 叹 急 惊 喜 羞 嗔 笑着 哭着 点头 摇头
    皱眉 拍手 跺脚 拱手 抱拳 叹气 叹了口气 红着脸 红了脸 沉着脸 正色 抬头 低头 回头 转身 起身 欠身 躬身 上前 向前
    近前 在旁 从旁 一旁 远远 亲自 自己 故意 有些 有点 十分 很 地 的 得 着 了 听了 听说 听见 看了 见了 道 说 问 答
    想 忍不住 不由得 不禁 禁不住 仿佛 似乎 居然 竟然 心里 心中 心下 暗暗 暗自 自 方才 一叠声 只得 只好 只管 勉强
    战战兢兢 不耐烦 没好气 不紧不慢 斩钉截铁 半晌 良久 一字一句 一字一顿 笑嘻嘻 笑眯眯 气呼呼 冷不防 哈哈 呵呵
    嘿嘿 嘻嘻 呸 那边 这边 向 对 朝 跟 和 与 同 替 冲 拉 指 一 已经 早已 这才 这时 此时 一听 一见 一笑 一怔 一愣
    愣
    """
    ),
    key=len,
    reverse=True,
)
