#include "vocabulary.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "random.hpp"

namespace generate {
namespace {

/// Whitespace-separated words.
std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> list;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of(" \n"), text.size());
        if (end > 0) list.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return list;
}

constexpr std::string_view kNouns =
    "料理 東京 技術 今日 写真 時間 世界 日本 音楽 映画 読書 旅行 勉強 仕事 電車 京都 大阪 開発 研究 情報 "
    "検索 画像 言語 学習 機械 設計 実装 試験 会社 学校 先生 学生 友人 家族 子供 犬 猫 鳥 花 山 海 川 空 雨 雪 風 "
    "朝食 昼食 夕食 野菜 果物 魚 肉 米 味噌 醤油 茶 珈琲 酒 水 塩 砂糖 卵 豆腐 麺 鍋 皿 包丁 台所 食堂 居酒屋 "
    "駅前 商店 本棚 図書 文庫 小説 漫画 雑誌 新聞 記事 作家 作品 展覧 美術 絵画 彫刻 建築 庭園 神社 寺院 祭 花火 "
    "季節 春 夏 秋 冬 朝 昼 夜 深夜 週末 休日 来年 去年 昨日 明日 歴史 文化 社会 経済 政治 法律 科学 物理 化学 数学 "
    "生物 宇宙 地球 環境 気候 森林 農業 工業 産業 貿易 市場 価格 費用 予算 計画 目標 結果 評価 分析 統計 確率 問題 回答 "
    "質問 意見 感想 理由 方法 手順 道具 材料 部品 電池 電気 回路 基板 端末 画面 鍵盤 通信 回線 暗号 認証 権限 設定 更新 "
    "公開 配信 放送 番組 動画 録音 演奏 楽器 歌詞 舞台 俳優 監督 脚本 撮影 編集 健康 睡眠 運動 散歩 登山 水泳 野球 相撲 "
    "自転車 自動車 飛行機 新幹線 地下鉄 道路 地図 距離 速度 温度 重量 面積 人口 地域 都市 田舎 故郷 部屋 窓 机 椅子 照明 "
    "掃除 洗濯 収納 引越 家賃 契約 保険 貯金 投資 株式 銀行 財布 買物 値段 割引 通販 荷物 手紙 葉書 切手 電話 会話 英語 "
    "発音 文法 翻訳 辞書 漢字 平仮名 単語 文章 論文 発表 会議 資料 締切 残業 転職 面接 履歴 資格 講座 教室 宿題 卒業 入学";
constexpr std::string_view kSuffixes = "性 的 化 力 会 者 法 学 部 店 論 術 家 集 館 式 用 版 型 系";
constexpr std::string_view kVerbs =
    "作った 作りたい 食べた 食べたい 読んだ 読みたい 見た 見つけた 使ってみた 使いたい 試した 試してみる 書いた "
    "書き直した 調べた 調べている 始めた 始めます 終わった 買った 買いました 売っている 行った 行きたい 帰ってきた "
    "思い出した 忘れていた 覚えておく 考えている 考えさせられる 直した 直らない 動いた 動かない 遅い 速い 楽しい "
    "楽しかった 難しい 難しかった 美味しい 美味しかった 面白い 面白かった きれい きれいだった 大切 便利 不思議 "
    "好き 大好き 苦手 得意 見逃した 待っている 届いた 公開しました 更新しました 実装した 設計した 検索した 検索できない "
    "分からない 分かった 教えてほしい おすすめです ありがとうございます まとめました 保存しておく あとで読む 続けたい";
constexpr std::string_view kKatakana =
    "データ サーバー プログラム アプリ カメラ レシピ カレー ラーメン コーヒー パン ケーキ ゲーム アニメ ニュース デザイン "
    "イラスト ライブラリ フレームワーク アルゴリズム モデル クラウド コンテナ テスト バグ リリース レビュー コード エディタ "
    "キーボード モニター スマホ タブレット イヤホン バッテリー ネットワーク セキュリティ パスワード ログイン ユーザー メモ "
    "ノート ペン カレンダー スケジュール タスク チーム リモート オフィス カフェ レストラン ホテル バス タクシー キャンプ "
    "ハイキング ランニング ヨガ サッカー バスケ テニス ピアノ ギター ドラム ライブ フェス チケット ポスター ギャラリー "
    "パレット ピクセル フォント アイコン アニメーション シミュレーション グラフ テーブル インデックス キャッシュ クエリ "
    "トランザクション レプリカ バックアップ ログ メトリクス アラート ダッシュボード ベンチマーク メモリ ディスク";
constexpr std::string_view kHalfWidth =
    "ｶﾀｶﾅ ｹﾞｰﾑ ﾌｧﾐｺﾝ ﾚﾄﾛ ﾊﾟｿｺﾝ ﾃﾞｰﾀ ｶﾒﾗ ﾗｼﾞｵ ﾃﾚﾋﾞ ｱﾆﾒ ﾆｭｰｽ ﾒﾓ ﾒｰﾙ ｻｰﾊﾞｰ ﾌﾟﾛｸﾞﾗﾑ ﾊﾞｸﾞ ﾃｽﾄ ﾚｼﾋﾟ ｺｰﾋｰ ﾗｰﾒﾝ ｶﾚｰ ﾊﾞｽ ﾀｸｼｰ ﾎﾃﾙ";
constexpr std::string_view kMixed =
    "AI技術 AI開発 Web開発 C++言語 Rust製 3D画像 GPU計算 IT企業 DIY工房 SF小説 T字路 Linux環境 API設計 SQL文 JSON形式 "
    "UI設計 PC部品 4K動画 5G通信 Python入門 X線 IoT機器 VR体験 CPU時間 LLM活用";
constexpr std::string_view kEnglish =
    "the a and to of in is for on with that this it as from by at new how why what when more all one about your can "
    "not will just like time data code work people world make good great first last day year small large fast slow "
    "simple build test release write read search index query cache memory server client user team project design "
    "language model learn paper result study science space water food recipe coffee bread garden city street train "
    "travel photo camera music song film book story history art paint color light night morning winter summer rain "
    "snow river mountain forest ocean bird cat dog fish tree flower house kitchen table window door road map place "
    "market price money cost plan goal idea question answer problem reason method tool part machine engine battery "
    "circuit board screen keyboard network packet route error bug fix change review commit branch merge deploy log "
    "metric alert graph chart number value type string array list tree hash lock thread process kernel driver file "
    "disk page block row column table key storage backup restore version schema transaction replica queue job worker "
    "event stream message token session password account login email phone letter word sentence text font icon button "
    "menu form field label link image video sound voice game player level score puzzle story character engine pixel "
    "sprite palette animation physics camera render shader texture open source license community maintainer issue "
    "discussion documentation tutorial example benchmark profile latency throughput budget capacity limit retry "
    "timeout failure recovery incident lesson habit focus sleep walk run train exercise health doctor medicine school "
    "teacher student class exam homework language grammar translate travel ticket hotel station airport flight";
constexpr std::string_view kEmoji =
    "😀 🎉 🔥 📚 🍜 🍣 🌸 🗾 🚀 💡 🐱 🐶 ☕ 🎮 🎶 📷 🧪 🛠️ 👩‍💻 🏳️‍🌈 🇯🇵 ❤️ 👍🏽 🌧️ 🥐";

/// Nouns, nouns with suffixes, and two nouns in one, without repetition.
std::vector<std::string> make_nouns() {
    const std::vector<std::string> nouns = words(kNouns);
    const std::vector<std::string> suffixes = words(kSuffixes);
    std::vector<std::string> list = nouns;
    Random random(1, 0);
    for (std::size_t i = 0; i < 1500; ++i)
        list.push_back(random.pick(nouns) + random.pick(suffixes));
    for (std::size_t i = 0; i < 2500; ++i)
        list.push_back(random.pick(nouns) + random.pick(nouns));
    std::vector<std::string> unique = list;
    std::ranges::sort(unique);
    const auto rest = std::ranges::unique(unique);
    unique.erase(rest.begin(), rest.end());
    // Ranks by length first: short words are the frequent ones, as in any language.
    std::ranges::sort(unique, {},
                      [](const std::string& word) { return std::pair(word.size(), std::string_view(word)); });
    std::vector<std::string> ranked = nouns;
    for (std::string& word : unique)
        if (std::ranges::find(nouns, word) == nouns.end()) ranked.push_back(std::move(word));
    return ranked;
}

std::vector<std::string> make_english() {
    constexpr std::array<std::string_view, 5> kEndings{"s", "er", "ing", "less", "able"};
    std::vector<std::string> list = words(kEnglish);
    const std::vector<std::string> stems(list.begin() + 30, list.end());
    for (const std::string_view ending : kEndings)
        for (const std::string& stem : stems)
            list.push_back(stem + std::string(ending));
    return list;
}

std::vector<std::string> make_tags(const Vocabulary& vocabulary) {
    std::vector<std::string> list =
        words("あとで読む 技術 料理 参考 保存版 AI 読書 旅行 cpp design idea work 資料 趣味");
    for (std::size_t i = 0; i < 150; ++i)
        list.push_back(vocabulary.japanese_nouns[i]);
    for (std::size_t i = 30; i < 160; ++i)
        list.push_back(vocabulary.english[i]);
    return list;
}

std::vector<std::string> make_hashtags(const Vocabulary& vocabulary) {
    std::vector<std::string> list =
        words("料理 AI技術 東京 機械学習 読書 gamedev cpp photography レシピ 散歩 猫 opensource");
    for (std::size_t i = 0; i < 250; ++i)
        list.push_back(vocabulary.japanese_nouns[i * 3]);
    for (const std::string& word : vocabulary.katakana)
        list.push_back(word);
    for (std::size_t i = 30; i < 250; ++i)
        list.push_back(vocabulary.english[i]);
    return list;
}

}  // namespace

Vocabulary make_vocabulary() {
    Vocabulary vocabulary{.japanese_nouns = make_nouns(),
                          .japanese_verbs = words(kVerbs),
                          .katakana = words(kKatakana),
                          .half_width = words(kHalfWidth),
                          .mixed = words(kMixed),
                          .english = make_english(),
                          .emoji = words(kEmoji),
                          .tags = {},
                          .hashtags = {}};
    vocabulary.tags = make_tags(vocabulary);
    vocabulary.hashtags = make_hashtags(vocabulary);
    return vocabulary;
}

}  // namespace generate
