// Finds the categories that an import file names in the tree of the user, and plans those that are missing.
// Pure: a snapshot in, categories to create out; import_writer does the rest.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "categories/categories.hpp"
#include "transfer/record.hpp"

namespace transfer {

/// What could not be done as the file wishes.
struct CategoryFaults {
    bool too_deep = false;  ///< levels below the tenth were left out
    bool too_many = false;  ///< the library is full; records stayed without category
    bool missing = false;   ///< a category does not exist and was not to be created
};

class CategoryPlan {
public:
    /// `may_create` false: only what exists is found.
    CategoryPlan(categories::Snapshot snapshot, bool may_create);

    struct Look {
        std::optional<std::string> color;
        std::optional<std::string> icon;
    };
    /// The category of a path from the root down (contract 6.2: an equal name in another branch takes the
    /// path as name). Missing ones are planned. Nothing when there is none and none may be made.
    [[nodiscard]] std::optional<base::Uuid> resolve(const std::vector<std::string>& path, const Look& look,
                                                    base::Time now);
    /// By id, else by name; a missing name is planned whatever `may_create` says.
    [[nodiscard]] std::optional<base::Uuid> resolve_default(const std::string& id_or_name, base::Time now);
    /// Restores categories of an own export: planned when missing, under the ids that they had if those are
    /// free; ones that this import made take description, look, order and times. A category that came with
    /// the account and was never touched becomes the one of the file.
    void restore(const std::vector<CategoryRecord>& records, base::Time now);

    /// Categories to insert, parents first, and categories to write again. Forgets them.
    [[nodiscard]] std::vector<categories::Category> take_created();
    [[nodiscard]] std::vector<categories::Category> take_changed();
    /// A category that takes the place of an untouched one, which is thereby gone.
    struct Adopted {
        base::Uuid old_id;
        categories::Category category;
    };
    /// To be written before the others. Forgets them.
    [[nodiscard]] std::vector<Adopted> take_adopted();
    [[nodiscard]] const CategoryFaults& faults() const { return faults_; }
    /// Ids that were planned by this import, to be handed to the next plan.
    [[nodiscard]] const std::unordered_set<base::Uuid, base::UuidHash>& made() const { return made_; }
    void set_made(std::unordered_set<base::Uuid, base::UuidHash> made) { made_ = std::move(made); }

private:
    [[nodiscard]] std::optional<base::Uuid> child(const std::optional<base::Uuid>& parent,
                                                  const std::string& name,
                                                  const std::string& path_name) const;
    std::optional<base::Uuid> create(const std::optional<base::Uuid>& parent, std::string name,
                                     const Look& look, base::Time now);
    [[nodiscard]] int depth(const std::optional<base::Uuid>& id) const;
    void restore_one(const CategoryRecord& record, base::Time now);
    [[nodiscard]] bool is_untouched(const categories::Category& category) const;
    /// True: an untouched category has become that of the record.
    bool adopt(const CategoryRecord& record, const std::unordered_set<std::string>& names, base::Time now);

    categories::Snapshot snapshot_;
    bool may_create_;
    std::unordered_map<std::string, std::size_t> by_name_;
    std::unordered_map<base::Uuid, std::size_t, base::UuidHash> by_id_;
    std::unordered_set<base::Uuid, base::UuidHash> made_;
    std::vector<std::size_t> created_;
    std::unordered_set<std::size_t> changed_;
    std::vector<std::pair<base::Uuid, std::size_t>> adopted_;  ///< old id, index
    CategoryFaults faults_;
};

}  // namespace transfer
