"""Nouns and titles that mean a person or a group in Chinese and English, with the gender they tell."""

from __future__ import annotations

from extractor.reading.lexicon import words
from extractor.reading.surnames import surname_of

MALE_NOUNS = frozenset(
    words(
        """
    man boy gentleman father husband son brother uncle nephew grandfather lad fellow king prince duke earl baron
    lord sir waiter landlord master monk priest friar butler footman policeman constable coachman porter sailor
    clergyman vicar parson curate chap youth groom bridegroom gardener squire knight host actor emperor steward
    salesman jew tramp beadle postman fisherman workman huntsman bartender barman cabman watchman papa dad daddy
    mister sergeant captain colonel major general lieutenant officer soldier bishop judge mayor old-man turnkey
    jailer bloke guy undertaker grandpapa grandpa widower bachelor drover ploughman shepherd count marquis abbot
    baronet butcher blacksmith carter ostler coroner drummer bullfighter sheriff corporal admiral
    """
    )
)
FEMALE_NOUNS = frozenset(
    words(
        """
    woman girl lady mother wife daughter sister aunt niece grandmother queen princess duchess countess landlady
    mistress maid nurse governess widow housekeeper hostess actress barmaid waitress madam mamma mama mum mummy
    bride lass dame damsel matron nun abbess parlourmaid housemaid stewardess empress ma'am grandmamma grandma
    concierge charwoman milkmaid spinster baroness heroine
    """
    )
)
NEUTRAL_NOUNS = frozenset(
    words(
        """
    child baby person stranger servant friend companion doctor surgeon physician lawyer teacher visitor guest
    voice speaker driver clerk secretary inspector detective cook cousin parent traveller passenger other
    neighbour neighbor patient student prisoner thief robber beggar messenger magistrate witness painter artist
    poet author professor creature interlocutor questioner elder younger eldest youngest ghost orphan apprentice
    employer lodger tenant owner manager shopkeeper customer pupil scholar burglar housebreaker invalid
    proprietor agent attendant guard captive spirit dealer merchant boarder chairman president reporter leader
    """
    )
)
GROUP_NOUNS = frozenset(
    words(
        """
    people crowd men women boys girls children ladies gentlemen voices everybody everyone all both they villagers
    servants neighbours neighbors guests soldiers sailors sisters brothers friends company chorus mob others jury
    jurors cards parents students policemen
    """
    )
)
GROUP_NAMES_EN = frozenset(
    words(
        """
    everybody everyone crowd people mob chorus villagers others voices company jury
    """
    )
)

MALE_TITLES = frozenset(
    words(
        """
    mr mister sir lord captain capt colonel col major general lieutenant lieut sergeant sergt master king prince
    duke earl baron father brother uncle grandfather rev reverend squire herr monsieur m signor signore don count
    admiral constable inspector corporal commander bishop pope esq baronet emperor mons deacon
    """
    )
)
FEMALE_TITLES = frozenset(
    words(
        """
    mrs miss ms lady madame madam mademoiselle mme mlle queen princess duchess countess mother sister aunt auntie
    grandmother nurse dame frau fraulein fräulein signora signorina donna mistress baroness nanny
    """
    )
)
NEUTRAL_TITLES = frozenset(
    words(
        """
    dr doctor professor prof judge cousin old young little president st saint nurse
    """
    )
)
TITLES = MALE_TITLES | FEMALE_TITLES | NEUTRAL_TITLES

GROUPS_ZH = words(
    """
    众人 左右 大家 众女 众弟子 众姊妹 众姐妹 众丫头 众丫鬟 众婆子 众媳妇 众小厮 众将 众官 众军 众僧 众客 众学生 众兄弟
    众村民 众街坊 村民们 街坊们 孩子们 同学们 士兵们 弟子们 客人们 人们 人群 群众 大伙 大伙儿 众位 诸人 诸将 百官
    群臣 丫头们 丫鬟们 婆子们 媳妇们 小厮们 姑娘们 兄弟们 姐妹们 姊妹们 伙计们 百姓 百姓们 围观者 旁人 一屋子人
    镇上人 村里人 全班 众 二人 两人 三人 四人 两个人 三个人 几个人 几人 四五个人 五个人 有人 那些人 他们 她们
    他们俩 我们 大众 众弟兄 众亲友 众清客 众小 众婆娘 众奴 众家人
    """
)

FEMALE_ZH = words(
    """
    她 姑娘 小姐 夫人 太太 奶奶 婆婆 婆子 大妈 大娘 大婶 婶 婶子 嫂 嫂子 嫂嫂 姐 姐姐 姊姊 妹 妹妹 姨 姨妈 姨娘
    姑 姑妈 姑姑 姥姥 嬷嬷 妈妈 母亲 妈 娘 丫头 丫鬟 女人 女子 女孩 女郎 妇人 老妇 老妪 老太太 老太婆 媳妇 妻子
    妻 妾 师姐 师妹 师娘 师姑 师太 尼姑 仙姑 公主 皇后 妃 贵妃 娘娘 少妇 少女 寡妇 女儿 女学生 姑子 道姑 侍女
    宫女 奶妈 保姆 阿姨 阿婆 王妃 老娘 女王 主母 孙女 老祖宗 家的 氏 婢 婢女 二妞 妞 堂妹 表妹 表姐 婆 圣女 仙子
    女侠 女尼 老板娘
    """
)
MALE_ZH = words(
    """
    他 先生 公子 少爷 老爷 大爷 爷 爷爷 大叔 叔 叔叔 伯 伯伯 大伯 舅 舅舅 哥 哥哥 兄 弟 弟弟 兄弟 师兄 师弟 师叔
    师伯 道长 道人 和尚 老头 老头子 老汉 老翁 老者 老儿 汉子 大汉 男人 男子 男孩 少年 书生 秀才 掌柜 老板 伙计
    小二 店家 掌门 将军 大人 大王 王爷 皇帝 皇上 太子 殿下 太监 公公 父亲 爸 爸爸 爹 儿子 孙子 小子 小厮 侄儿
    侄子 丈夫 相公 官人 壮士 好汉 老道 长老 方丈 法师 大师 禅师 员外 太守 知县 知府 县令 丞相 元帅 司令 队长 司机
    警察 士兵 侍卫 护卫 差役 官差 衙役 捕头 老卒 船夫 樵夫 渔夫 货郎 屠户 哥儿 小哥 少侠 大侠 老弟 老兄 贤弟 仁兄
    头陀 行者 真人 天师 僧 道士 胡子 驼背 门卫 保安 老伯 老丈 太爷 老太爷
    """
)
NEUTRAL_ZH = words(
    """
    师父 师傅 孩子 大夫 医生 郎中 老师 教授 校长 主任 书记 经理 记者 学生 同学 客人 来人 主人 仆人 下人 管家 老人
    年轻人 青年 路人 陌生人 庄主 帮主 教主 宗主 族长 堂主 院主 城主 县长 镇长 村长 队员 弟子 同伴 朋友 邻居 声音
    小孩 徒弟 徒儿 护士 店员 店主 船家 车夫 门房 守卫 刺客 妖怪 影子 鬼 小吏 祭司 长辈
    """
)
PERSON_NOUNS_ZH = {
    **dict.fromkeys(NEUTRAL_ZH, "unknown"),
    **dict.fromkeys(MALE_ZH, "male"),
    **dict.fromkeys(FEMALE_ZH, "female"),
}


def english_gender(noun: str) -> str:
    """Return male, female or unknown for an English noun or title without its point."""
    word = noun.casefold().rstrip(".")
    if word in MALE_NOUNS or word in MALE_TITLES:
        return "male"
    if word in FEMALE_NOUNS or word in FEMALE_TITLES:
        return "female"
    return "unknown"


def chinese_gender(name: str) -> str:
    """Return the gender that a Chinese title or noun at the end of a name tells."""
    for length in (3, 2, 1):
        tail = name[-length:]
        if len(name) >= length and tail in PERSON_NOUNS_ZH:
            return PERSON_NOUNS_ZH[tail]
    return "unknown"


def is_description(name: str) -> bool:
    """Tell whether a name only says what somebody is: the porter, 守门老卒, 满脸横肉的人."""
    if name[:4].casefold() == "the ":
        return name[4:5].islower()
    if name.endswith("的人") or name in PERSON_NOUNS_ZH:
        return True
    return any(name[-k:] in PERSON_NOUNS_ZH and len(name) > k for k in (2, 3)) and not surname_of(name)
