"""Chinese surnames, and the titles that stand behind a name."""

from __future__ import annotations

from extractor.reading.lexicon import words

SURNAMES = frozenset(
    """赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏窦章苏潘葛范彭郎鲁韦昌马苗凤花方俞任袁柳鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常
    乐于傅皮卞齐康伍余元卜顾孟黄穆萧尹姚邵汪祁毛狄米贝明臧戴宋庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄江童颜郭梅盛林钟徐邱骆高夏蔡田樊胡凌霍虞万柯管卢莫房裘解应宗丁宣邓
    洪包左石崔吉龚程邢裴陆荣翁荀甄曲封储靳段富巫乌焦巴侯宁仇甘武刘景詹束龙叶司黎白蒲邰从赖卓蔺屠池乔翟谭劳姬申冉桑桂牛寿边燕尚农温庄晏柴阎连习容向古易廖庾居衡步耿满匡文
    寇广欧沃利蔚越师巩聂晁敖冷辛阚简饶曾沙鞠丰关查荆游竺权盖肖闫佟言佘幸付兰白江鹿谷云叶楚端纳兰曲""".replace(
        "\n", ""
    ).replace(" ", "")
)
DOUBLE_SURNAMES = frozenset(
    words(
        """
    欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 司徒 夏侯 独孤 南宫 西门 宇文 长孙 轩辕 端木 百里 呼延 东郭
    南郭 钟离 公冶 宗政 濮阳 淳于 单于 太史 申屠 闻人 赫连 澹台 拓跋 完颜 纳兰 叶赫 北冥 北堂
    """
    )
)
TITLES_ZH = sorted(
    words(
        """
    道长 真人 大师 法师 师父 师傅 师兄 师弟 师姐 师妹 师叔 师伯 师娘 姑娘 小姐 夫人 太太 奶奶 老爷 少爷 公子 先生
    老师 教授 医生 大夫 郎中 护士 校长 主任 书记 经理 总 局长 处长 科长 队长 班长 连长 团长 司令 将军 元帅 大人
    大帅 丞相 太守 知县 员外 掌柜 掌柜的 老板 老板娘 老头 老汉 老儿 老爹 老太爷 老太太 老太 大爷 二爷 三爷 四爷
    五爷 爷 爷爷 大叔 二叔 三叔 叔 叔叔 伯 伯伯 大伯 大妈 大娘 大婶 婶 婶子 嫂 嫂子 大嫂 二嫂 大姐 二姐 三姐 姐
    姐姐 妹妹 妹子 哥 哥哥 大哥 二哥 三哥 兄 兄弟 弟 老弟 姑 姑姑 姑妈 姨 阿姨 姨妈 姨娘 舅 舅舅 丫头 哥儿 姐儿
    嬷嬷 妈妈 妈 婆 婆婆 婆子 姥姥 道婆 家的 氏 相公 壮士 大侠 少侠 女侠 仙子 仙姑 长老 掌门 帮主 教主 宗主 庄主
    堂主 院主 城主 岛主 镇长 村长 县长 捕头 捕快 都头 教头 太尉 公公 皇帝 皇后 妃 贵妃 公主 王爷 太子 同学 同志
    警官 警察 律师 司机 学士 姊姊 大姑娘 二姑娘 三姑娘 四姑娘 大少爷 二少爷 三少爷 五少爷 大奶奶 二奶奶 四奶奶
    三奶奶 五奶奶 娘子 娘 老伯 老丈 老者 和尚 尼姑 道士 胖子 瘦子 麻子 瞎子 疯子
    """
    ),
    key=len,
    reverse=True,
)

_TITLES = frozenset(TITLES_ZH)


def surname_of(name: str) -> str:
    """Return the surname a name begins with, "" where it begins with none."""
    if name[:2] in DOUBLE_SURNAMES and len(name) > 2:
        return name[:2]
    return name[0] if name[:1] in SURNAMES and len(name) > 1 else ""


def title_of(name: str) -> str:
    """Return the longest title at the end of a name, "" where there is none or nothing stands before it."""
    for length in range(min(4, len(name) - 1), 0, -1):
        if name[-length:] in _TITLES:
            return name[-length:]
    return ""
